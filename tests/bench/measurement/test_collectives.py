"""What devices exchange, counted by hand in the text of a program."""

import pytest

from bench.measurement.collectives import of_text

ALL_REDUCE = """\
HloModule jit_f, entry_computation_layout={(f32[5,90]{1,0})->(f32[5]{0}, f32[])}

%region_0.1 (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0)
  %b = f32[] parameter(1)
  ROOT %add.1 = f32[] add(%a, %b)
}

ENTRY %main (p: f32[5,90]) -> (f32[5], f32[]) {
  %p = f32[5,90]{1,0:T(8,128)} parameter(0), sharding={devices=[1,4]<=[4]}
  %sums = f32[5]{0:T(256)} fusion(%p), kind=kLoop, calls=%fused
  %loss = f32[] fusion(%p), kind=kLoop, calls=%fused.1
  ROOT %all-reduce = (f32[5]{0}, /*index=1*/f32[]) all-reduce(%sums, %loss), \
channel_id=1, replica_groups={{0,1,2,3}}, to_apply=%region_0.1
}
"""
LONG = """\
  p = bf16[3,8]{1,0} parameter(0)
  ROOT g = bf16[12,8]{1,0} all-gather(bf16[3,8]{1,0} p), dimensions={0}
"""
ASYNC = """\
  %x = f64[7]{0} parameter(0)
  %start = (f64[7]{0}, f64[7]{0}) collective-permute-start(%x), channel_id=2
  ROOT %done = f64[7]{0} collective-permute-done(%start)
"""
SCATTER = """\
  %y = pred[16]{0} parameter(0)
  %c = c64[2]{0} parameter(1)
  %part = pred[4]{0} reduce-scatter(%y), dimensions={0}, to_apply=%or
  %turned = c64[2]{0} all-to-all(%c), dimensions={0}
"""


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (ALL_REDUCE, 5 * 4 + 4),
        (LONG, 3 * 8 * 2),
        (ASYNC, 7 * 8),
        (SCATTER, 16 * 1 + 2 * 8),
        ("  %x = f32[3]{0} parameter(0)\n  ROOT %y = f32[3]{0} negate(%x)\n", 0),
    ],
)
def test_the_operands_of_collectives_are_added_up(text, size):
    assert of_text(text) == size
