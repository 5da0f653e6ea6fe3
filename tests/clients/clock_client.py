"""Asks a running suite by when ten thousand pledges are due, in three nations, and compares each answer with an oracle of our own.

    clock_client.py BASE_ADDRESS PROGRAM DATA_FOLDER [SEED]

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER. The cases are random; the seed is printed, and asked again with it
they are the same. Most starts lie within a day of a change of the clocks. Working days and hours are asked only of days of which the
package knows the holidays; calendar days and hours of all the years.
"""

import collections
import datetime
import random
import sys

import clock_oracle as oracle
from clock_oracle import ONE_DAY, OutsideTheData
from installation import Installation

CASES, BATCH, SHOWN = 10_000, 500, 10
YEARS = range(2009, 2029)
PREFIXES = {"NATION_ENGLAND_AND_WALES": "CKE", "NATION_SCOTLAND": "CKS", "NATION_NORTHERN_IRELAND": "CKN"}
MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
BY_DAYS = (oracle.WORKING_DAYS, oracle.CALENDAR_DAYS)
BY_HOLIDAYS = (oracle.WORKING_DAYS, oracle.WORKING_HOURS)


class Case(collections.namedtuple("Case", "nation unit change start count pauses cap_days expected")):
    """What is asked, and what is to be answered; `change` is the change of the clocks near which it starts, if it does."""

    def asked(self):
        pauses = [{"startTime": wire(start), **({"endTime": wire(end)} if end else {})} for start, end in self.pauses]
        return {
            "startTime": wire(self.start),
            "count": self.count,
            "unit": self.unit,
            "pauses": pauses,
            "pauseCapDays": self.cap_days,
        }


def wire(instant):
    return instant.isoformat().replace("+00:00", "Z")


class Chance:
    """What cases are made of, in an order that the seed decides."""

    def __init__(self, seed, calendars):
        self.random = random.Random(seed)
        self.calendars = calendars
        self.changes = oracle.changes_of_the_clocks(YEARS)

    def case(self, nation, unit, change):
        """A case near a change of the clocks, or anywhere where that is none; another one where the data end before it."""
        calendar = self.calendars[nation]
        while True:
            start = self.near(change) if change else self.anywhere(unit, calendar)
            count = self.count(unit)
            try:
                pauses, cap_days = self.pauses(start, count, unit, calendar)
                expected = oracle.due_time(start, count, unit, pauses, cap_days, calendar)
            except OutsideTheData:
                continue
            return Case(nation, unit, change, start, count, pauses, cap_days, expected)

    def changes_for(self, unit, calendar):
        """The changes of the clocks near which a unit can be asked about."""
        if unit not in BY_HOLIDAYS:
            return self.changes
        return [change for change in self.changes if calendar.first.year <= change.year <= calendar.last.year]

    def near(self, change):
        """A start within a day of a change. In spring the hour before it is followed by the one after the next; in autumn the hour
        before it and the hour after it bear the same times of day."""
        midnight = oracle.local(oracle.date_of(change), datetime.time(0))
        within_a_day = SECOND * self.random.randint(-86_400, 86_400)
        within_an_hour = SECOND * self.random.randint(-3_600, 3_600)
        return self.random.choice((
            change + within_a_day,
            change + within_a_day,
            change + within_an_hour,
            change + within_an_hour,
            change + self.random.choice((-HOUR, -SECOND, 0 * SECOND, SECOND, HOUR - SECOND, HOUR)),
            midnight + self.random.choice((-SECOND, 0 * SECOND, SECOND)),
            oracle.local(oracle.date_of(change) + ONE_DAY, datetime.time(0)) - self.random.choice((SECOND, 0 * SECOND)),
        ))

    def anywhere(self, unit, calendar):
        first, last = datetime.date(YEARS[0], 1, 1), datetime.date(YEARS[-1], 12, 31)
        if unit in BY_HOLIDAYS:
            first, last = calendar.first, calendar.last
        day = first + ONE_DAY * self.random.randint(0, (last - first).days)
        return oracle.local(day, datetime.time(0)) + SECOND * self.random.randint(0, 86_399)

    def count(self, unit):
        most = 15 if unit in BY_DAYS else 60
        if self.random.random() < 0.05:
            most *= 10
        return self.random.randint(1, most)

    def pauses(self, start, count, unit, calendar):
        """None, one or some; a cap on some of them, and the last of some goes on."""
        if self.random.random() < 0.3:
            return [], self.random.choice((0, 0, 3))
        cap_days = self.random.choice((0, 0, 0, 1, 2, 5, 30))
        pauses, free_from = [], start
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 6, 20))):
            begin = max(free_from, self.begin(free_from, start, count, unit, pauses, cap_days, calendar))
            end = begin + self.length(begin)
            pauses.append((begin, end))
            free_from = end
        if self.random.random() < 0.15:
            pauses[-1] = (pauses[-1][0], None)
        return pauses, cap_days

    def begin(self, free_from, start, count, unit, pauses, cap_days, calendar):
        """Where the next pause begins: mostly soon, at times in the very second in which the pledge is due so far, or about it."""
        if self.random.random() < 0.15:
            due = oracle.due_time(start, count, unit, pauses, cap_days, calendar)
            return due + self.random.choice((-HOUR, -SECOND, 0 * SECOND, SECOND, HOUR))
        soon = free_from + self.random.choice((MINUTE, HOUR, ONE_DAY)) * self.random.randint(0, 30)
        if self.random.random() < 0.4:
            soon += SECOND * self.random.randint(0, 3_599)
        if self.random.random() < 0.2:
            soon = self.on_a_weekend(soon)
        if self.random.random() < 0.1:
            soon = oracle.local(oracle.date_of(soon), datetime.time(0))
        return self.split(soon) if unit not in BY_DAYS else soon

    def on_a_weekend(self, instant):
        """The same time of day on the Saturday or Sunday after it."""
        days = self.random.choice((5, 6)) - oracle.date_of(instant).weekday()
        return instant + ONE_DAY * (days % 7)

    def split(self, instant):
        """An instant within a second, some of the time: days end with whole ones, hours do not."""
        micros = self.random.choice((0, 0, 0, 500_000, 250_001, 999_999))
        return instant + datetime.timedelta(microseconds=micros)

    def length(self, begin):
        """How long a pause lasts; within a weekend, over the next change of the clocks, or any time."""
        kind = self.random.random()
        if kind < 0.1:
            return 0 * SECOND
        if kind < 0.3:
            return HOUR * self.random.randint(1, 40)
        if kind < 0.5:
            after = next((change for change in self.changes if change > begin), begin)
            reaches = after - begin < 60 * ONE_DAY
            return (after - begin + HOUR * self.random.randint(-3, 30)) if reaches and after > begin + 3 * HOUR else ONE_DAY
        if kind < 0.6:
            return max(oracle.local(oracle.date_of(begin) + ONE_DAY, datetime.time(0)) - begin, 0 * SECOND)
        return SECOND * self.random.randint(1, 12 * 86_400)

    def cases(self):
        """As many as are wanted: each nation, unit and change of the clocks in turn, and a fifth of them anywhere."""
        cells = [(nation, unit) for nation in oracle.NATIONS for unit in oracle.UNITS]
        for number in range(CASES):
            nation, unit = cells[number % len(cells)]
            turn = number // len(cells)
            changes = self.changes_for(unit, self.calendars[nation])
            yield self.case(nation, unit, None if turn % 5 == 4 else changes[(turn - turn // 5) % len(changes)])


def partnership_of(installation, nation, known):
    """A partnership of the nation, founded for this unless an earlier run did."""
    slug = f"clocks-{PREFIXES[nation].lower()}"
    if slug in known:
        return known[slug]
    west = 4.0 + 0.1 * list(PREFIXES).index(nation)
    ring = [[west, 55.0], [west + 0.05, 55.0], [west + 0.05, 55.05], [west, 55.05], [west, 55.0]]
    founded = {
        "name": f"Clocks of {nation.removeprefix('NATION_').replace('_', ' ').title()} (a test)",
        "slug": slug,
        "nation": nation,
        "boundary": f'{{"type": "Polygon", "coordinates": [{ring}]}}',
        "accountableBody": "Nobody",
        "referencePrefix": PREFIXES[nation],
    }
    return installation.call("administrator", "POST", "partnerships", founded)["partnershipId"]


def partnerships(installation):
    listed = installation.call(None, "GET", "partnerships?pageSize=200")["partnerships"]
    known = {partnership["slug"]: partnership["partnershipId"] for partnership in listed}
    return {nation: partnership_of(installation, nation, known) for nation in oracle.NATIONS}


def reckoned(installation, partnership_id, reckonings):
    """By when the suite says that each is due, and whether it warns of days beyond the calendar."""
    body = {"reckonings": reckonings}
    answer = installation.call(None, "POST", f"partnerships/{partnership_id}/issues:reckonDueTimes", body)
    told = [
        (datetime.datetime.fromisoformat(one["dueTime"].replace("Z", "+00:00")), one.get("beyondCalendar", False))
        for one in answer["dueTimes"]
    ]
    if len(told) != len(reckonings):
        raise AssertionError(f"{len(reckonings)} are asked for and {len(told)} answered")
    return told


def answers(installation, ids, cases):
    """Each case with its answer, asked in batches of one nation each."""
    for nation, partnership_id in ids.items():
        of_nation = [case for case in cases if case.nation == nation]
        for first in range(0, len(of_nation), BATCH):
            batch = of_nation[first : first + BATCH]
            told = reckoned(installation, partnership_id, [case.asked() for case in batch])
            yield from zip(batch, told)


def check_early_vectors(installation, partnership_id):
    """The oracle's own vectors, those before the package's data begin among them."""
    noon = datetime.time(12)
    starts = [oracle.local(datetime.date.fromisoformat(start), noon) for start, _, _ in oracle.VECTORS]
    asked = [
        {"startTime": wire(start), "count": count, "unit": oracle.WORKING_DAYS}
        for start, (_, count, _) in zip(starts, oracle.VECTORS)
    ]
    for (due, _), (start, count, expected) in zip(reckoned(installation, partnership_id, asked), oracle.VECTORS):
        wanted = oracle.local(datetime.date.fromisoformat(expected), oracle.LAST_SECOND)
        if due != wanted:
            raise AssertionError(f"{count} working days after {start} are due on {expected}, not at {due}")


def report(cases):
    """How many were asked of what."""
    for title, key in (("nation", "nation"), ("unit", "unit")):
        counted = collections.Counter(getattr(case, key) for case in cases)
        print(f"  by {title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counted.items())))
    near = collections.Counter(case.change for case in cases if case.change)
    print("  near a change of the clocks: " + ", ".join(f"{change.date()} {count}" for change, count in sorted(near.items())))
    lasting = sum(1 for case in cases if case.pauses and case.pauses[-1][1] is None)
    paused, capped = sum(1 for case in cases if case.pauses), sum(1 for case in cases if case.pauses and case.cap_days)
    print(f"  with pauses {paused}, of these capped {capped}, and with one that lasts {lasting}")


def main(base, program, data_folder, seed=None):
    oracle.check_vectors()
    seed = int(seed) if seed is not None else random.randrange(2**32)
    print(f"clocks: seed {seed}")
    calendars = {nation: oracle.Calendar(nation) for nation in oracle.NATIONS}
    chance = Chance(seed, calendars)
    cases = list(chance.cases())
    if {case.change for case in cases if case.change} != set(chance.changes):
        raise AssertionError("every change of the clocks has starts near it")
    installation = Installation(base, program, data_folder)
    ids = partnerships(installation)
    check_early_vectors(installation, ids["NATION_ENGLAND_AND_WALES"])
    report(cases)
    differences = [(case, told) for case, told in answers(installation, ids, cases) if told != (case.expected, False)]
    for case, (due, beyond) in differences[:SHOWN]:
        warned = ", beyond the calendar" if beyond else ""
        print(f"  {case.nation}: {case.asked()}\n    is due {wire(case.expected)}; the suite says {wire(due)}{warned}")
    if differences:
        raise SystemExit(f"clocks: {len(differences)} of {len(cases)} due times are not what they should be")
    print(f"clocks: {len(cases)} due times are what they should be")


if __name__ == "__main__":
    main(*sys.argv[1:])
