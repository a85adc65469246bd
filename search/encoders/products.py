"""Products of whole numbers, which processors multiply several times as fast as floats.

NumPy has no such product that is fast; onnxruntime, which runs the encoder anyhow, has one.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

LARGEST = 63
ZERO = 64
# The model of one node, products = MatMulInteger(rows, columns, ZERO), as `onnx` writes it: making
# it takes `onnx`, which takes longer to import than everything else that a search needs.
MODEL = (
    b'\x08\x08:x\n.\n\x04rows\n\x07columns\n\x04zero\x12\x08products"\rMatMulInteger'
    b"\x12\x08products*\x0b\x10\x02*\x01\x40B\x04zero"
    b"Z\x0c\n\x04rows\x12\x04\n\x02\x08\x02Z\x0f\n\x07columns\x12\x04\n\x02\x08\x03"
    b"b\x10\n\x08products\x12\x04\n\x02\x08\x06B\x04\n\x00\x10\n"
)


def whole_products(rows: NDArray[np.uint8], columns: NDArray[np.int8]) -> NDArray[np.int32]:
    """Multiply matrices `(n, width)` and `(width, m)` exactly; runs on one thread.

    Args:
        rows: From 0 to 127, which stand for -64 to 63: some processors add pairs of products in 16
            bits.
        columns: Any numbers of 8 bits.
    """
    products: NDArray[np.int32] = _session().run(None, {"rows": rows, "columns": columns})[0]
    return products


@cache
def _session() -> "InferenceSession":
    """Return the session that multiplies; made at the first use, one for the process."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
