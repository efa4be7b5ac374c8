"""The marts of subscriptions, reckoned anew by walking every user's events day by day.

Each function returns a mart's rows by their grain, as in `reckoning`.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from tests.e2e.reckoning import Figures, Mart, ratio
from tests.e2e.service import Row, Service, utc_day

ONE_DAY = timedelta(days=1)
DAYS_TO_CONVERT = 30 + 7


@dataclass(frozen=True)
class Step:
    """Hold an event with what the user held before it and after it, by the story alone."""

    event: Row
    before: int | None
    after: int | None

    @property
    def day(self) -> date:
        """Return the UTC day on which it happened."""
        return utc_day(self.event["occurred_at"])


class Life:
    """Hold one user's story."""

    def __init__(self, user: Row, events: list[Row]) -> None:
        """Take the user and all events of the user."""
        self.user = user
        self.steps: list[Step] = []
        held = None
        for event in sorted(events, key=lambda row: (row["occurred_at"], row["id"])):
            self.steps.append(Step(event, held, event["to_plan_id"]))
            held = event["to_plan_id"]

    @property
    def country(self) -> str:
        """Return the user's country."""
        return str(self.user["country"])

    def on(self, day: date) -> list[Step]:
        """Return what happened on a day."""
        return self._days.get(day, [])

    def held_at_end(self, day: date) -> int | None:
        """Return the plan held when a day ended."""
        held = None
        for step in self.steps:
            if step.day > day:
                break
            held = step.after
        return held

    @cached_property
    def _days(self) -> dict[date, list[Step]]:
        days: dict[date, list[Step]] = defaultdict(list)
        for step in self.steps:
            days[step.day].append(step)
        return dict(days)


class Book:
    """Hold the stories of all users, and the days that they span."""

    def __init__(self, service: Service) -> None:
        """Read the stories out of what a service recorded."""
        self.plans = service.plans
        self._prices: dict[int | None, Fraction] = {None: Fraction(0)}
        self._prices.update({key: _monthly(plan) for key, plan in self.plans.items()})
        events: dict[int, list[Row]] = defaultdict(list)
        for movement in service.movements:
            events[movement.row["user_id"]].append(movement.row)
        self.lives = [Life(service.users[user], told) for user, told in events.items()]
        days = [step.day for life in self.lives for step in life.steps]
        self.first, self.last = min(days), max(days)

    def price(self, plan: int | None) -> Fraction:
        """Return what a plan costs in a month, in cents to four decimals."""
        return self._prices[plan]

    def pays(self, plan: int | None) -> bool:
        """Tell whether a plan costs anything."""
        return self.price(plan) > 0

    def days(self) -> Iterator[date]:
        """Yield every day, from the first event's to the last one's."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * ONE_DAY

    def months(self) -> Iterator[tuple[date, date]]:
        """Yield the first day of every month, and its last one that counts."""
        for start in sorted({day.replace(day=1) for day in self.days()}):
            following = (start + 32 * ONE_DAY).replace(day=1)
            yield start, min(following - ONE_DAY, self.last)

    def first_paying_day(self, life: Life) -> date | None:
        """Return the first day that ended with the user paying."""
        return next((step.day for step in life.steps if self.pays(life.held_at_end(step.day))), None)

    def failed_to_pay(self, steps: list[Step]) -> bool:
        """Tell whether the last of some steps by which a user stopped paying was a failed payment."""
        ends = [step for step in steps if self.pays(step.before) and not self.pays(step.after)]
        return bool(ends) and ends[-1].event["reason"] == "payment_failed"


def subscription_balance_daily(service: Service) -> Mart:
    """Reckon for every day and every country that ever had a subscriber."""
    book = Book(service)
    countries = {life.country for life in book.lives}
    mart: Mart = {(day, country): _empty_balance() for day in book.days() for country in countries}
    for life in book.lives:
        held: int | None = None
        past: list[int | None] = []
        for day in book.days():
            if day < life.steps[0].day:
                continue
            before, held = held, held if not life.on(day) else life.on(day)[-1].after
            _enter(mart[day, life.country], book, before, held)
            if life.on(day):
                _move(mart[day, life.country], book, life.on(day), before, held, past)
                past.append(held)
    for figures in mart.values():
        figures["arpu_cents"] = ratio(_of(figures, "mrr_at_end_cents"), _of(figures, "payers_at_end"))
    return mart


def plan_subscribers_daily(service: Service) -> Mart:
    """Reckon for every day, country and plan that somebody held when the day ended."""
    book = Book(service)
    mart: Mart = {}
    for life in book.lives:
        held: int | None = None
        for day in book.days():
            held = life.on(day)[-1].after if life.on(day) else held
            if held is not None:
                key = (day, life.country, book.plans[held]["code"])
                figures = mart.setdefault(key, {"subscribers_at_end": 0, "mrr_at_end_cents": Fraction(0)})
                _add(figures, "subscribers_at_end", 1)
                _add(figures, "mrr_at_end_cents", book.price(held))
    return mart


def revenue_retention_monthly(service: Service) -> Mart:
    """Reckon for every month, country and plan that a payer held when the month began."""
    book = Book(service)
    mart: Mart = {}
    for start, end in book.months():
        for life in book.lives:
            before = life.held_at_end(start - ONE_DAY)
            if before is not None and book.pays(before):
                key = (start, life.country, book.plans[before]["code"])
                steps = [step for step in life.steps if start <= step.day <= end]
                _keep(mart.setdefault(key, _empty_retention()), book, steps, before, life.held_at_end(end))
    for figures in mart.values():
        began = _of(figures, "mrr_at_start_cents")
        kept = began - _of(figures, "contraction_mrr_cents") - _of(figures, "churn_mrr_cents")
        lost = _of(figures, "voluntarily_lost_payers") + _of(figures, "involuntarily_lost_payers")
        figures["churn_rate"] = ratio(lost, _of(figures, "payers_at_start"))
        figures["gross_revenue_retention"] = ratio(kept, began)
        figures["net_revenue_retention"] = ratio(kept + _of(figures, "expansion_mrr_cents"), began)
    return mart


def payer_cohorts_monthly(service: Service) -> Mart:
    """Reckon for every month of a first payment, country, and month from then on."""
    book = Book(service)
    mart: Mart = {}
    cohorts: dict[tuple[date, str], list[Life]] = defaultdict(list)
    for life in book.lives:
        if first := book.first_paying_day(life):
            cohorts[first.replace(day=1), life.country].append(life)
    for (cohort, country), lives in cohorts.items():
        so_far = 0
        for number, (start, end) in enumerate(span for span in book.months() if span[0] >= cohort):
            days = sum(_paying_days(book, life, start, end) for life in lives)
            so_far += days
            held = [life.held_at_end(end) for life in lives]
            payers = sum(book.pays(plan) for plan in held)
            mart[cohort, country, number] = {
                "cohort_payers": len(lives),
                "payers_at_end": payers,
                "mrr_at_end_cents": sum((book.price(plan) for plan in held), Fraction(0)),
                "paying_days": days,
                "paying_days_to_date": so_far,
                "payer_retention": ratio(payers, len(lives)),
                "average_paying_days": ratio(so_far, len(lives)),
            }
    return mart


def free_plan_conversion_monthly(service: Service) -> Mart:
    """Reckon for every month and country in which somebody began on a plan without a price."""
    book = Book(service)
    groups: dict[tuple[Hashable, ...], list[Life]] = defaultdict(list)
    for life in book.lives:
        if life.steps[0].after is not None and not book.pays(life.steps[0].after):
            groups[life.steps[0].day.replace(day=1), life.country].append(life)
    return {key: _converted(book, lives) for key, lives in groups.items()}


def _monthly(plan: Row) -> Fraction:
    months = 12 if plan["billing_period"] == "year" else 1
    return Fraction(round(Fraction(plan["price_cents"], months) * 10_000), 10_000)


def _empty_balance() -> Figures:
    counts = (
        "subscribers_at_start", "joined_subscribers", "rejoined_subscribers", "voluntarily_left_subscribers",
        "involuntarily_left_subscribers", "subscribers_at_end", "payers_at_start", "new_payers",
        "reactivated_payers", "voluntarily_churned_payers", "involuntarily_churned_payers", "payers_at_end",
        "expanded_payers", "contracted_payers", "renewals", "mrr_at_start_cents", "new_mrr_cents",
        "expansion_mrr_cents", "reactivation_mrr_cents", "contraction_mrr_cents",
        "voluntary_churn_mrr_cents", "involuntary_churn_mrr_cents", "mrr_at_end_cents",
    )  # fmt: skip
    return dict.fromkeys(counts, 0)


def _enter(figures: Figures, book: Book, before: int | None, after: int | None) -> None:
    """Count a user among those whom a day began and ended with."""
    for when, plan in (("start", before), ("end", after)):
        if plan is None:
            continue
        _add(figures, f"subscribers_at_{when}", 1)
        _add(figures, f"payers_at_{when}", int(book.pays(plan)))
        _add(figures, f"mrr_at_{when}_cents", book.price(plan))


def _move(
    figures: Figures,
    book: Book,
    steps: list[Step],
    before: int | None,
    after: int | None,
    past: list[int | None],
) -> None:
    """Count what a day did to a user; `past` is what the days before have ended with."""
    _add(figures, "renewals", sum(step.event["event_type"] == "renewal" for step in steps))
    if before is None and after is not None:
        _add(figures, "rejoined_subscribers" if set(past) - {None} else "joined_subscribers", 1)
    if before is not None and after is None:
        failed = steps[-1].event["reason"] == "payment_failed"
        _add(figures, "involuntarily_left_subscribers" if failed else "voluntarily_left_subscribers", 1)
    change = book.price(after) - book.price(before)
    if not book.pays(before) and book.pays(after):
        again = any(book.pays(plan) for plan in past)
        _add(figures, "reactivated_payers" if again else "new_payers", 1)
        _add(figures, "reactivation_mrr_cents" if again else "new_mrr_cents", change)
    elif book.pays(before) and not book.pays(after):
        kind = "involuntar" if book.failed_to_pay(steps) else "voluntar"
        _add(figures, f"{kind}ily_churned_payers", 1)
        _add(figures, f"{kind}y_churn_mrr_cents", -change)
    elif change:
        _add(figures, "expanded_payers" if change > 0 else "contracted_payers", 1)
        _add(figures, "expansion_mrr_cents" if change > 0 else "contraction_mrr_cents", abs(change))


def _empty_retention() -> Figures:
    counts = (
        "payers_at_start", "voluntarily_lost_payers", "involuntarily_lost_payers", "mrr_at_start_cents",
        "expansion_mrr_cents", "contraction_mrr_cents", "churn_mrr_cents",
    )  # fmt: skip
    return dict.fromkeys(counts, 0)


def _keep(figures: Figures, book: Book, steps: list[Step], before: int, after: int | None) -> None:
    """Count what a month made of one who paid when it began."""
    change = book.price(after) - book.price(before)
    _add(figures, "payers_at_start", 1)
    _add(figures, "mrr_at_start_cents", book.price(before))
    if not book.pays(after):
        failed = book.failed_to_pay(steps)
        _add(figures, "involuntarily_lost_payers" if failed else "voluntarily_lost_payers", 1)
        _add(figures, "churn_mrr_cents", -change)
    elif change:
        _add(figures, "expansion_mrr_cents" if change > 0 else "contraction_mrr_cents", abs(change))


def _paying_days(book: Book, life: Life, start: date, end: date) -> int:
    """Count the days of a span that ended with the user paying."""
    held, days = life.held_at_end(start - ONE_DAY), 0
    for number in range((end - start).days + 1):
        steps = life.on(start + number * ONE_DAY)
        held = steps[-1].after if steps else held
        days += book.pays(held)
    return days


def _converted(book: Book, lives: list[Life]) -> Figures:
    waited = [
        next((step.day - life.steps[0].day for step in life.steps if book.pays(step.after)), None)
        for life in lives
    ]
    allowed = DAYS_TO_CONVERT * ONE_DAY
    in_time = [wait for wait in waited if wait is not None and wait <= allowed]
    undecided = [
        life
        for life, wait in zip(lives, waited, strict=True)
        if (wait is None or wait > allowed) and book.last - life.steps[0].day <= allowed
    ]
    return {
        "free_starts": len(lives),
        "conversions": len(in_time),
        "days_to_conversion_sum": sum(wait.days for wait in in_time),
        "ever_paid": sum(wait is not None for wait in waited),
        "undecided_starts": len(undecided),
        "conversion_rate": None if undecided else ratio(len(in_time), len(lives)),
    }


def _of(figures: Figures, name: str) -> Fraction | int:
    value = figures[name]
    assert value is not None
    return value


def _add(figures: Figures, name: str, amount: Fraction | int) -> None:
    if not amount:
        return
    figures[name] = _of(figures, name) + amount
