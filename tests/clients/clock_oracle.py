"""By when a pledge is due, reckoned by walking: day by day, or through what is worked of each day.

The bank holidays are those that the package `govuk-bank-holidays` carries with it; nothing is asked of the network. What the words
of a pledge leave open is read so:

- A pause gives back what it took, in the unit of the pledge: hours for hours, and days for days. Of days it took those at whose end, at
  23:59:59 by the clocks of London, the clock stood still; of working days those among them that are worked. The day of the start has
  its end, too: a pause over it gives it back.
- A pause that began after the due time gives nothing back; one that began in the very second of it does.
- A pause that nobody ended lasts until all pauses together have reached the cap, in days of 24 hours. Without a cap nobody knows its
  end, and it gives nothing back yet.
- Working hours are those from 09:00 to 17:00 of each working day. What runs out as a day closes is due then, and not as the next opens.
"""

import datetime
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays

LONDON = ZoneInfo("Europe/London")
UTC = datetime.timezone.utc
ONE_DAY = datetime.timedelta(days=1)
NOTHING = datetime.timedelta(0)
OPENS, CLOSES = datetime.time(9), datetime.time(17)
LAST_SECOND = datetime.time(23, 59, 59)

WORKING_DAYS, WORKING_HOURS = "PLEDGE_UNIT_WORKING_DAYS", "PLEDGE_UNIT_WORKING_HOURS"
CALENDAR_HOURS, CALENDAR_DAYS = "PLEDGE_UNIT_CALENDAR_HOURS", "PLEDGE_UNIT_CALENDAR_DAYS"
UNITS = (WORKING_DAYS, WORKING_HOURS, CALENDAR_HOURS, CALENDAR_DAYS)

NATIONS = {
    "NATION_ENGLAND_AND_WALES": BankHolidays.ENGLAND_AND_WALES,
    "NATION_SCOTLAND": BankHolidays.SCOTLAND,
    "NATION_NORTHERN_IRELAND": BankHolidays.NORTHERN_IRELAND,
}


class OutsideTheData(Exception):
    """The answer hangs on a day of which the package does not know whether it is a holiday."""


class Calendar:
    """The working days of a nation, as the package has them: of whole years only. `more` are holidays of other days, with which those
    are known, too."""

    def __init__(self, nation, more=()):
        self.division = NATIONS[nation]
        self.holidays = BankHolidays(use_cached_holidays=True)
        days = [holiday["date"] for holiday in self.holidays.get_holidays(division=self.division)]
        self.first, self.last = datetime.date(days[0].year, 1, 1), datetime.date(days[-1].year, 12, 31)
        self.more = frozenset(more)

    def is_worked(self, day):
        if self.more:
            return day.weekday() < 5 and day not in self.more
        if not self.first <= day <= self.last:
            raise OutsideTheData(day)
        return self.holidays.is_work_day(day, division=self.division)


def local(day, time):
    """The instant of a time of day in London; none of those that are asked for comes twice or never."""
    return datetime.datetime.combine(day, time, LONDON).astimezone(UTC)


def date_of(instant):
    return instant.astimezone(LONDON).date()


def stands_still(pauses, instant):
    return any(start <= instant < end for start, end in pauses)


def cut(pauses, cap_days):
    """The pauses with their ends as they count."""
    left = datetime.timedelta(days=cap_days)
    ended = []
    for start, end in pauses:
        if cap_days:
            end = start + left if end is None else min(end, start + left)
            left -= end - start
        if end is not None:
            ended.append((start, end))
    return ended


def due_after_days(start, count, pauses, counts):
    """Due at the end of the `count`-th day that counts, after the day of the start, not counting those that pauses took."""
    day, left = date_of(start), count
    if counts(day) and stands_still(pauses, local(day, LAST_SECOND)):
        left += 1
    while left:
        day += ONE_DAY
        if counts(day) and not stands_still(pauses, local(day, LAST_SECOND)):
            left -= 1
    return local(day, LAST_SECOND)


def worked(start, calendar):
    """What is worked from `start` on: the hours of one day after another, without end."""
    day = date_of(start)
    while True:
        if calendar.is_worked(day) and start < local(day, CLOSES):
            yield max(start, local(day, OPENS)), local(day, CLOSES)
        day += ONE_DAY


def always(start):
    """The elapsed time from `start` on, in pieces of a day."""
    while True:
        yield start, start + ONE_DAY
        start += ONE_DAY


def running(piece, pauses):
    """The parts of a piece of time in which the clock runs."""
    begin, end = piece
    for pause_start, pause_end in pauses:
        if pause_end <= begin or pause_start >= end:
            continue
        if begin < pause_start:
            yield begin, pause_start
        begin = max(begin, pause_end)
    if begin < end:
        yield begin, end


def due_after_hours(start, count, pauses, pieces):
    left = datetime.timedelta(hours=count)
    parts = (part for piece in pieces(start) for part in running(piece, pauses))
    for begin, end in parts:
        if left <= end - begin:
            return given_back_at_the_end(begin + left, pauses, pieces)
        left -= end - begin


def given_back_at_the_end(due, pauses, pieces):
    """The due time, moved by pauses that began in its very instant: to the last instant of theirs that would have counted."""
    for pause_start, pause_end in pauses:
        if pause_start == due:
            for begin, end in pieces(pause_start):
                if begin >= pause_end:
                    break
                due = min(end, pause_end)
    return due


def due_time(start, count, unit, pauses, cap_days, calendar):
    """By when a clock that started at `start` has to stop. `pauses` are pairs of instants; the end of the last may be None."""
    pauses = cut(pauses, cap_days)
    if unit == WORKING_DAYS:
        return due_after_days(start, count, pauses, calendar.is_worked)
    if unit == CALENDAR_DAYS:
        return due_after_days(start, count, pauses, lambda day: True)
    if unit == WORKING_HOURS:
        return due_after_hours(start, count, pauses, lambda since: worked(since, calendar))
    return due_after_hours(start, count, pauses, always)


def changes_of_the_clocks(years):
    """The instants at which the clocks of London change, as the time zone has them."""
    instant = datetime.datetime(years[0], 1, 1, tzinfo=UTC)
    hour = datetime.timedelta(hours=1)
    found = []
    while instant.year <= years[-1]:
        if instant.astimezone(LONDON).utcoffset() != (instant + hour).astimezone(LONDON).utcoffset():
            found.append(instant + hour)
        instant += hour
    return found


# In England and Wales: the day of the start, so many working days, the day on which they are due.
VECTORS = (
    ("2009-12-23", 2, "2009-12-29"),
    ("2009-12-24", 2, "2009-12-30"),
    ("2009-08-28", 2, "2009-09-02"),
    ("2009-10-10", 2, "2009-10-13"),
    ("2026-04-02", 2, "2026-04-08"),
    ("2026-12-24", 2, "2026-12-30"),
    ("2010-04-01", 5, "2010-04-12"),
)
# The holidays of those days before the package's data begin.
EARLY_HOLIDAYS = [datetime.date(*day) for day in ((2009, 8, 31), (2009, 12, 25), (2009, 12, 28), (2010, 4, 2), (2010, 4, 5))]


def check_vectors():
    """Fails unless the oracle itself answers as VECTORS has it."""
    known, early = Calendar("NATION_ENGLAND_AND_WALES"), Calendar("NATION_ENGLAND_AND_WALES", EARLY_HOLIDAYS)
    for start, count, expected in VECTORS:
        day = datetime.date.fromisoformat(start)
        calendar = known if known.first <= day <= known.last else early
        noon = local(day, datetime.time(12))
        found = due_time(noon, count, WORKING_DAYS, [], 0, calendar)
        wanted = local(datetime.date.fromisoformat(expected), LAST_SECOND)
        assert found == wanted, f"the oracle: {count} working days after {start} are due on {expected}, not at {found}"
