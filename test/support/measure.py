"""Runs a command and reports what it used, as the kernel counts it.

    python3 measure.py REPORT COMMAND [ARGUMENT …]

Writes one JSON object into the file REPORT: `seconds` from start to end, `cpu_seconds`, `peak_mib` (resident memory of the
largest process among the command and the children that it waited for) and `exit_code`. Ends with the command's code.
"""

import json
import os
import sys
import time

report, *command = sys.argv[1:]
started = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - started
exit_code = os.waitstatus_to_exitcode(status)
with open(report, "w", encoding="utf-8") as file:
    json.dump(
        {
            "seconds": round(seconds, 3),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
            "peak_mib": round(usage.ru_maxrss / 1024),
            "exit_code": exit_code,
        },
        file,
    )
sys.exit(exit_code if exit_code >= 0 else 128 - exit_code)
