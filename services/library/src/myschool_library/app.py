"""Composition root of the library service."""

from functools import partial
from pathlib import Path
from typing import cast

from fastapi import FastAPI

from myschool.library.v1.library_pb2_grpc import add_LibraryServiceServicer_to_server
from myschool_cluster.asgi import Observed
from myschool_kit.service import App, Resources, Service
from myschool_library.consent.repository import ConsentRepository
from myschool_library.consumers import SUBJECTS, handlers
from myschool_library.item.repository import ItemRepository
from myschool_library.item.service import Catalogue
from myschool_library.opening.service import Opening
from myschool_library.provider import api
from myschool_library.provider.server import listening
from myschool_library.provider.tokens import KeyCache, TokenVerifier, keys_at
from myschool_library.review.repository import ReviewRepository
from myschool_library.review.service import Review
from myschool_library.search.repository import SearchRepository
from myschool_library.search.service import Search
from myschool_library.servicer import LibraryServicer
from myschool_library.settings import LibrarySettings
from myschool_library.subject.repository import HOLDING
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding, also_erasing


def provider_api(resources: Resources, settings: LibrarySettings) -> FastAPI:
    """The HTTP API for content providers."""
    verifier = TokenVerifier(settings.issuer, KeyCache(keys_at(settings.issuer)))
    app = api.build(resources.database, Catalogue(ItemRepository(resources.database.reads)), verifier)
    if settings.metrics_address or settings.otlp_endpoint:
        app.add_middleware(Observed, service="library")
    return app


async def build(resources: Resources) -> App:
    """The service: gRPC for the gateway, HTTP for providers."""
    settings = cast("LibrarySettings", resources.settings)
    reads = resources.database.reads
    subjects = Subjects(resources.database, HOLDING)
    catalogue = Catalogue(ItemRepository(reads))
    search = Search(SearchRepository(reads))
    review = Review(ReviewRepository(reads), search)
    servicer = LibraryServicer(catalogue, search, review, Opening(catalogue))
    host, port = settings.http_listen
    serve_http = listening(provider_api(resources, settings), host, port, settings.drain_seconds)
    servicers = (partial(add_LibraryServiceServicer_to_server, servicer), adding(subjects))
    return App(servicers, also_erasing(handlers(ConsentRepository()), SUBJECTS, subjects), (serve_http,))


SERVICE = Service("library", Path(__file__).parent, build, LibrarySettings)
