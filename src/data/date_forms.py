"""In which form the dates of a column of texts are written."""

import re

import polars as pl

from src.config.dates import ISO
from src.data.moments import fits

_LIKE_A_DATE = r"^(\d{4}-\d{2}-\d{2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4})(\b|T)"
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMS = (ISO, *(day + hour for day in _DAYS for hour in _HOURS))
_LOOKED_AT_FIRST = 100  # texts


def forms_of(texts: pl.Series) -> list[str]:
    """All forms that every text has: none if they are no dates, two if day and month cannot be told apart.

    `texts`: at least one, none missing.
    """
    if not re.search(_LIKE_A_DATE, texts[0]) or not texts.str.contains(_LIKE_A_DATE).all():
        return []
    likely = [form for form in _FORMS if fits(texts.head(_LOOKED_AT_FIRST), form)]
    return [form for form in likely if fits(texts, form)]
