"""Gives commands one after another in one process, so that programs are traced and compiled once.

Started by tools/faults for damaged files, where what lies on the disk decides. Reads lines of JSON,
{"module", "arguments", "stderr"}, and answers each with the exit code of the command; what it says on stderr
goes there.
"""

import contextlib
import json
import os
import runpy
import sys
import traceback


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        asked = json.loads(line)
        handle = os.open(asked["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 2)
        os.close(handle)
        sys.argv = [asked["module"], *asked["arguments"]]
        code = 0
        try:
            runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        print(code, file=answers, flush=True)


if __name__ == "__main__":
    main()
