"""The one page the gateway writes itself: it brings a browser from another site's redirect back onto our own."""

import html

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="0;url={path}">
<title>Моя школа</title>
</head>
<body><p><a href="{path}">Продолжить</a></p></body>
</html>
"""


def onward(path: str) -> HTMLResponse:
    """The browser does not send a Strict cookie along a redirect that another site began; a page of ours starts anew."""
    return HTMLResponse(
        _PAGE.format(path=html.escape(path)),
        headers={"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"},
    )
