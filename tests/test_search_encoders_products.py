"""Products of whole numbers, against NumPy's."""

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st

from search.encoders.products import MODEL, ZERO, whole_products

SIZES = st.integers(1, 70)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SIZES, st.integers(0, 2**32 - 1))
def test_products_are_exact(n: int, width: int, m: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, 128, (n, width), dtype=np.uint8)
    columns = generator.integers(-128, 128, (width, m), dtype=np.int8)
    expected = (rows.astype(np.int64) - ZERO) @ columns.astype(np.int64)
    assert np.array_equal(whole_products(rows, columns), expected)


def test_the_largest_products_do_not_overflow_in_between() -> None:
    columns = np.full((1_024, 17), -128, np.int8)
    for row in (0, 127):
        products = whole_products(np.full((3, 1_024), row, np.uint8), columns)
        assert products.tolist() == [[(row - ZERO) * -128 * 1_024] * 17] * 3


def test_the_model_is_what_onnx_would_write() -> None:
    helper, types = onnx.helper, onnx.TensorProto
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["rows", "columns", "zero"], ["products"])],
        "products",
        [value("rows", types.UINT8, None), value("columns", types.INT8, None)],
        [value("products", types.INT32, None)],
        [helper.make_tensor("zero", types.UINT8, [], [ZERO])],
    )
    opset = [helper.make_opsetid("", 10)]
    assert onnx.load_model_from_string(MODEL) == helper.make_model(
        graph, opset_imports=opset, ir_version=8
    )
