"""What the readers of Iceberg tables share."""


def text(value):
    """Return a value as text, and nothing for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
