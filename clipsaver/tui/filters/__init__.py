"""The language of the filter line. Pure.

    late vera              rows that hold both words, anywhere, in any case
    kind:batch             whose field holds the text; kind=batch: is exactly that
    idle>30s  tries<5      >=, <= as well; time in ms s m h d, sizes in k M G; 1m30s adds up
    worker:""              where there is nothing
    "two words"            quotes keep spaces, and signs that would mean something
    /w-[0-9]+/             a regex, on RE2; where:/^guild-a/ of one field
    !kind:batch  !late     not so

quantities  `30s`, `1m30s`, `10k`: what a number with a unit comes to
terms       what one term asks of a row, and Filter: all terms together
parse       from what a person wrote to a Filter, or to a FilterError that teaches
"""

from clipsaver.tui.filters.parse import FilterError, parse
from clipsaver.tui.filters.terms import NO_FILTER, Filter

__all__ = ["NO_FILTER", "Filter", "FilterError", "parse"]
