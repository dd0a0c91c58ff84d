"""HTML of providers: only text, tables, pictures and links that cannot act."""

import re

import nh3

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "strong", "b", "em", "i", "u", "s", "sub", "sup", "mark", "small"),
    *("ul", "ol", "li", "dl", "dt", "dd", "blockquote", "q", "cite", "code", "pre", "kbd", "abbr", "span", "div"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "img", "figure", "figcaption"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
    "abbr": {"title"},
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_cleaner = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https"}, link_rel="noopener noreferrer nofollow", strip_comments=True
)
_NOT_EMPTY = re.compile(r"[^\s<>](?![^<>]*>)|<img ")


def clean(html: str) -> str:
    """The HTML without scripts, styles, handlers, frames and links other than https; "" when nothing to read is left."""
    cleaned = _cleaner.clean(_CONTROL.sub("", html)).strip()
    return cleaned if _NOT_EMPTY.search(cleaned) else ""
