select order_id, user_id, order_date, total_amount, status
from {{ ref("int_orders") }}
