"""A process that reads portions of a long log for another one, which started it.

It is sent a `Source`, and then the first and the last position of each portion; it answers with
the parts of each.
"""

import asyncio
import gc
import pickle
import sys
from contextlib import suppress

from sayembara.audit.portion import Part, read_portion
from sayembara.trouble import Trouble


def main() -> None:
    """Answer until nothing is asked any more; the parts, or what went wrong."""
    # Most of what is made here is kept until it is handed over.
    gc.disable()
    source = pickle.load(sys.stdin.buffer)
    with suppress(EOFError):
        while bounds := pickle.load(sys.stdin.buffer):
            try:
                found: list[Part] | str = asyncio.run(read_portion(source, *bounds))
            except (Trouble, OSError) as error:
                found = str(error)
            answer = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.write(len(answer).to_bytes(8) + answer)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
