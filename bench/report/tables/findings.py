"""Tables that compare a run's optimizers over its problems."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from math import isfinite, log

import pandas as pd

from ...core.costs import COSTS
from ...statistics import CAP, RESAMPLES
from ...statistics.intervals import median
from .. import format
from ..format import Table, best_rows
from ..groups import batch_size, on_examples, passes_in_words, unit_of_calls
from ..metrics import words

MOST_ROWS = 20
MOST_COMPETITORS = 40
SIGNIFICANT = 0.05
"""p below which a difference in reached targets is listed."""
COMPARED = ("seconds", "forward_equivalents")
"""The costs by which optimizers are compared in tables; the CSV has more."""
FEW = 12
"""Number of problems below which resampling understates the uncertainty."""


def finding_tables(findings: Mapping[str, pd.DataFrame]) -> list[Table]:
    """Return the tables of the findings for summary.md.

    Args:
        findings: By the name of the CSV.
    """
    return [table for tables in named_tables(findings).values() for table in tables]


def named_tables(findings: Mapping[str, pd.DataFrame]) -> dict[str, list[Table]]:
    """Return the same by the name of the CSV, without those that have nothing."""
    drawn = {n: [*draw(findings[n])] for n, draw in _TABLES.items() if n in findings}
    return {name: tables for name, tables in drawn.items() if tables}


def _comparisons(table: pd.DataFrame) -> Iterator[Table]:
    kinds = table[["part", "cost"]].drop_duplicates().itertuples(index=False)
    for part, cost in kinds:
        if cost in COMPARED:
            rows = table.query("part == @part and cost == @cost")
            of_part = f", {part}" if part else ""
            title = f"Comparison by {COSTS[str(cost)].words} to target{of_part}"
            most = max(table.query("part == @part")["problems"])
            name = " ".join(filter(None, [str(cost), str(part)]))
            yield replace(_comparison(title, rows, most), name=name)


def _comparison(title: str, rows: pd.DataFrame, most: int) -> Table:
    """Return a row for each optimizer, with its untuned version if it has one.

    Args:
        title: The table's title.
        rows: Of one part and one cost.
        most: Problems that are compared by some cost.
    """
    whole = rows.query("dropped == ''").sort_values("rank", kind="stable")
    without = rows.query("dropped != ''").groupby("optimizer")["area"].agg(list)
    areas = without.to_dict()
    tuned = whole.loc[whole["tuned"].eq(True), "family"].tolist()
    beside = whole["tuned"].eq(False) & whole["family"].isin(tuned)
    plain = whole.loc[beside].to_dict("records")
    untuned = {row["family"]: row for row in plain}
    listed = whole.loc[~beside]
    cells = tuple(
        (
            row["optimizer"],
            *_solved(row),
            _range(areas.get(row["optimizer"], []), "{:.3f}".format),
            _range([row["rank_low"], row["rank_high"]], "{:.0f}".format),
            _percent(row["rank_1"]),
            *(_solved(_untuned(row, untuned)) if untuned else ()),
        )
        for row in listed.head(MOST_COMPETITORS).to_dict("records")
    )
    columns = ("optimizer", "solved", "area", "without one", "likely ranks", "first")
    columns += ("untuned", "area") if untuned else ()
    cut = _cut(listed, "comparison.csv", MOST_COMPETITORS)
    notes = (*_meaning(whole), *_left_out(whole, most), *_turns(rows), *cut)
    return Table(title, columns, cells, notes, _best(listed))


def _best(listed: pd.DataFrame) -> frozenset[tuple[int, int]]:
    """Return the cells with the greatest area and the greatest probability."""
    ranks = {2: listed["area"].tolist(), 5: listed["rank_1"].tolist()}
    return frozenset(
        (row, column)
        for column, values in ranks.items()
        for row in best_rows(values, rising=True)
    )


def _left_out(whole: pd.DataFrame, most: int) -> Iterator[str]:
    """Yield how many problems have no such cost, if there are any."""
    compared = max(whole["problems"])
    if compared < most:
        yield (
            f"over {compared} of {most} problems: on the others calls have no price, "
            "or batches of several sizes are no common unit"
        )


def _untuned(row: Mapping, untuned: Mapping[str, Mapping]) -> Mapping | None:
    return untuned.get(row["family"]) if row["tuned"] else None


def _solved(row: Mapping | None) -> tuple[str, str]:
    if row is None:
        return format.NOTHING, format.NOTHING
    solved = f"{round(row['solved'] * row['problems'])} of {row['problems']}"
    return solved, format.Number(f"{row['area']:.3f}")


def _range(numbers: list[float], form: Callable[[float], str]) -> str:
    ends = list(dict.fromkeys(form(f(numbers)) for f in (min, max) if numbers))
    return " to ".join(ends) or format.NOTHING


def _meaning(whole: pd.DataFrame) -> Iterator[str]:
    problems, competitors = max(whole["problems"].tolist()), len(whole)
    yield (
        f"area: under the performance profile up to {CAP:g} times the best, in log "
        "ratio; 1: the best on all problems; without one: its range when one family "
        "is left out"
    )
    draws = max(whole["draw_seeds"])
    resampled = "problems, draw seeds of tuning and seeds" if draws > 1 else None
    yield (
        f"likely ranks (95 %) among {competitors}, and the bootstrap probability of "
        f"being first: {RESAMPLES:,} resamples of {resampled or 'problems and seeds'}, "
        f"by area{few(problems)}"
    )
    if draws > 1:
        yield f"settings were tuned with {draws} draw seeds, each with its own choice"
    elif luck := without_draws(whole.to_dict("records")):
        yield f"settings were tuned with one draw seed{luck}"
    if names := "; ".join(whole.query("problems < @problems")["optimizer"]):
        yield f"compared only on problems where its cost is known: {names}"


def without_draws(rows: Sequence[Mapping]) -> str:
    """Return a clause on settings tuned with one draw seed; empty if there are none."""
    one = any(row["tuned"] is True for row in rows)
    one = one and max(row["draw_seeds"] for row in rows) <= 1
    return "; which settings were drawn is not included" if one else ""


def few(problems: int) -> str:
    """Return a clause on the uncertainty of few problems; empty for enough."""
    if problems == 1:
        return "; with one problem they describe its seeds only"
    words = f"; with {problems} problems the uncertainty is understated"
    return words if problems < FEW else ""


def _turns(rows: pd.DataFrame) -> Iterator[str]:
    """Yield the families whose removal changes which optimizer is first."""
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")
    for dropped in rows["dropped"].unique():
        after = next(row for row in ranked if row["dropped"] == dropped)["optimizer"]
        rest = (
            row for row in ranked if not row["dropped"] and row["family"] != dropped
        )
        before = next(rest)["optimizer"]
        if before != after:
            yield f"without {dropped}, {after} ranks before {before}"


def _cut(rows: pd.DataFrame, file: str, most: int = MOST_ROWS) -> Iterator[str]:
    if len(rows) > most:
        yield f"{len(rows) - most} more in {file}"


def _successes(pairs: pd.DataFrame) -> Iterator[Table]:
    """Yield the pairs whose difference is significant, if there are any."""
    clear = pairs.query("corrected < @SIGNIFICANT")
    cells = tuple(
        (
            row["optimizer"],
            row["rival"],
            format.count(row["only_optimizer"]),
            format.count(row["only_rival"]),
            format.count(row["trials"]),
            format.Number(f"{row['corrected']:.2g}"),
            format.Number(f"{row['problems_corrected']:.2g}"),
        )
        for row in clear.head(MOST_ROWS).to_dict("records")
    )
    columns = ("optimizer", "rival", "only it", "only rival", "trials")
    columns += ("p", "p by problem")
    note = (
        "trials in which one of two reached the target and the other did not; p: "
        "McNemar's exact test, Holm over all pairs, each seed a trial: for these "
        "problems; p by problem: each problem one trial: for problems like these"
    )
    notes = (
        note,
        f"{len(clear)} of the {len(pairs)} pairs that differ have p below "
        f"{SIGNIFICANT:g}; success.csv lists all",
    )
    if cells:
        yield Table("Who reaches the target", columns, cells, notes)


def _break_even(pairs: pd.DataFrame) -> Iterator[Table]:
    met = pairs.query("price >= 1").to_dict("records")
    near = sorted(met, key=lambda row: abs(log(row["price"] / row["measured"])))
    by_problem: dict[tuple[str, int | None], list[dict]] = {
        _contest(row): [] for row in pairs.to_dict("records")
    }
    for row in near:
        by_problem[_contest(row)].append(row)
    cells = tuple(
        (
            on_examples(*_contest(row)),
            row["below"],
            row["above"],
            _interval(row),
            format.count(row["measured"]),
            row["here"] or "neither",
        )
        for row in chain.from_iterable(rows[:5] for rows in by_problem.values())
    )
    columns = ("problem", "cheaper below", "cheaper above", "price of a gradient")
    note = (
        "break-even price of a gradient in forward passes over the same examples, "
        "other calls at their measured prices [order statistics over seeds]; the five "
        "nearest to the measured price, at least 1; break_even.csv lists all"
    )
    if cells:
        yield Table(
            "Break-even prices", (*columns, "measured", "cheaper here"), cells, (note,)
        )


def _contest(row: Mapping) -> tuple[str, int | None]:
    return row["problem"], batch_size(row["batch"])


def _interval(row: dict) -> str:
    low, high = (
        format.count(x) if isfinite(x) else "∞" for x in (row["low"], row["high"])
    )
    return format.Estimate(format.count(row["price"]), low, high)


def _predictions(trials: pd.DataFrame) -> Iterator[Table]:
    names = ["problem", "optimizer"]
    parts = ["measured", "calls", "update", "rest"]
    share = trials.assign(share=trials["rest"] / trials["measured"])
    rows = share.groupby(names, sort=False)[[*parts, "share"]].agg(median).reset_index()
    cells = tuple(
        (
            *(row[name] for name in names),
            *(_signed(row[part]) for part in parts),
            _percent(row["share"]),
        )
        for row in rows.head(MOST_ROWS).to_dict("records")
    )
    note = (
        "medians over trials: seconds on the clock, what the calls cost at their "
        "prices, what the updates cost alone, and the remainder"
    )
    untimed = "updates that were not timed are in the rest: profile CONFIG --out RUN"
    notes = [note, *([untimed] if any(trials["update"].isna()) else [])]
    columns = (*names, *parts, "rest, share")
    notes += _cut(rows, "predicted.csv")
    yield Table("Predicted seconds", columns, cells, tuple(notes))


def _tuning(table: pd.DataFrame) -> Iterator[Table]:
    """Yield a table of the chosen settings for each problem."""
    several = len(set(table["draw_seed"])) > 1
    for problem, rows in table.groupby("problem", sort=False):
        cells = tuple(
            (
                row["optimizer"],
                *([format.count(row["draw_seed"])] if several else []),
                _settings(json.loads(row["chosen"])),
                format.count(row["settings"]),
                row["at_edge"] or format.NOTHING,
                _outcome(row["outcome"]),
                _outcome(row["fresh"]),
            )
            for row in rows.to_dict("records")
        )
        first = rows.iloc[0]
        note = f"outcome: {_scored_by(first)}, a median over seeds: those that chose, "
        note += "then fresh ones (unbiased)"
        columns = ("optimizer", *(["draw seed"] if several else []), "chosen")
        columns += ("of settings", "still at an edge", "outcome", "on fresh seeds")
        title = f"{problem}: tuning"
        yield Table(title, columns, cells, (note,), name=str(problem))


def _scored_by(row: Mapping) -> str:
    """Return what the settings of a row were scored by, in words."""
    if not row["metric"]:
        return f"{row['criterion']} ({row['unit']})"
    if row["criterion"] == "cost":
        return f"cost ({row['unit']}) to the target of the {words(row['metric'])}"
    return f"final {words(row['metric'])}"


def _settings(chosen: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in chosen.items())


def _outcome(value: float) -> str:
    return format.Number(f"{value:.4g}") if isfinite(value) else "never"


def _targets(table: pd.DataFrame) -> Iterator[Table]:
    """Yield a table of the cost to each target for each problem with several."""
    for problem, rows in table.groupby("problem", sort=False):
        levels = list(dict.fromkeys(rows["target_loss"]))
        if len(levels) < 2:
            continue
        by_name = rows.groupby("optimizer", sort=False)
        metric = next(filter(None, rows["target_metric"]), "")
        each = f"value of {words(metric)}" if metric else "target loss"
        sizes = list(dict.fromkeys(map(batch_size, rows["batch"])))
        of_calls = unit_of_calls(sizes)
        note = (
            f"{COSTS[of_calls].words}, or gradients if calls have no price, then "
            f"time, to each {each}: medians over seeds; all units in targets.csv"
        )
        passes = "" if COSTS[of_calls].priced == "flops" else passes_in_words(sizes)
        notes = (note, passes) if passes else (note,)
        spent = partial(_spent, of_calls=of_calls)
        cells = tuple(
            (str(name), *map(spent, at.to_dict("records"))) for name, at in by_name
        )
        columns = ("optimizer", *(format.loss(level) for level in levels))
        title = f"{problem}: several targets"
        yield Table(title, columns, cells, notes, name=str(problem))


def _spent(row: dict, of_calls: str) -> str:
    calls = row[of_calls]
    calls = row["gradient"] if calls != calls else calls
    if not isfinite(calls):
        return "never"
    seconds = row["seconds"]
    time = "" if seconds != seconds else f", {format.seconds(seconds)}"
    return f"{format.count(calls)}{time}"


def _percent(share: float) -> str:
    if share != share:
        return format.NOTHING
    return format.Number(f"{100 * share:.0f}", "%")


def _signed(seconds: float) -> str:
    return f"-{format.seconds(-seconds)}" if seconds < 0 else format.seconds(seconds)


_TABLES: dict[str, Callable[[pd.DataFrame], Iterator[Table]]] = {
    "targets": _targets,
    "tuning": _tuning,
    "comparison": _comparisons,
    "success": _successes,
    "break_even": _break_even,
    "predicted": _predictions,
}
