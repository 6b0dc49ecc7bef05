"""The formulas of question and answer against autodiff."""

from claims.fd.fd_toy import fd_toy


def test_the_questions_formulas_are_wrong_and_the_answers_right():
    checks = fd_toy.run().checks
    wrong = [c.seen.median > 1e-3 for c in checks if c.form == "as it stands"]
    right = [c.seen.median < 1e-12 for c in checks if c.form == "repaired"]
    assert all(wrong)
    assert all(right)
    assert len(wrong) == len(right) == 3
