"""Brings the realm to what `desired` describes, and touches nothing that is so already."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keycloak import KeycloakAdmin
from keycloak.exceptions import KeycloakGetError

from myschool_identity.realm import desired, machines
from myschool_identity.realm.desired import Flow, Representation
from myschool_identity.realm.machines import Machine
from myschool_identity.settings import IdentitySettings


def reconcile(settings: IdentitySettings) -> list[str]:
    """Reconciles the whole realm; answers with what was changed, empty when nothing was."""
    return Reconciler(settings).run()


def connect(settings: IdentitySettings) -> KeycloakAdmin:
    """The administration interface, signed in through the master realm."""
    return KeycloakAdmin(
        server_url=settings.keycloak_url,
        username=settings.keycloak_admin,
        password=settings.keycloak_admin_password.get_secret_value(),
        realm_name="master",
        user_realm_name="master",
        verify=True,
    )


class Reconciler:
    """One run; `changes` grows with every write."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings
        self._admin = connect(settings)
        self.changes: list[str] = []

    def run(self) -> list[str]:
        """All parts, each after those it refers to. Raises BadDescription before anything is written."""
        wanted = machines.machines(self._settings)
        self._realm()
        self._admin.change_current_realm(self._settings.keycloak_realm)
        self._user_profile()
        for alias in desired.DISABLED_ACTIONS:
            self._disable_action(alias)
        for flow in desired.FLOWS:
            self._flow(flow)
        self._identity_provider()
        self._browser_flow()
        self._client(desired.gateway_client(self._settings), desired.gateway_mappers())
        self._machines(wanted)
        return self.changes

    def _realm(self) -> None:
        wanted = desired.realm(self._settings)
        try:
            present = self._admin.get_realm(wanted["realm"])
        except KeycloakGetError as error:
            if error.response_code != 404:
                raise
            self._admin.create_realm(wanted)
            self._changed(f"created realm {wanted['realm']}")
            return
        self._update("realm", wanted, present, lambda merged: self._admin.update_realm(wanted["realm"], merged))

    def _user_profile(self) -> None:
        # The profile is one document: it is replaced whole, so that nothing becomes required behind our back.
        wanted, present = desired.user_profile(), self._admin.get_realm_users_profile()
        if not covers(wanted, present) or len(present.get("attributes", [])) != len(wanted["attributes"]):
            self._admin.update_realm_users_profile(wanted)
            self._changed("updated user profile")

    def _disable_action(self, alias: str) -> None:
        action = self._admin.get_required_action_by_alias(alias)
        if action is not None and (action["enabled"] or action["defaultAction"]):
            self._admin.update_required_action(alias, action | {"enabled": False, "defaultAction": False})
            self._changed(f"disabled action {alias}")

    def _flow(self, flow: Flow) -> None:
        if not any(present["alias"] == flow.alias for present in self._admin.get_authentication_flows()):
            self._admin.create_authentication_flow(
                {"alias": flow.alias, "description": flow.description, "providerId": "basic-flow", "topLevel": True, "builtIn": False}
            )
            self._changed(f"created flow {flow.alias}")
        present = {step["providerId"]: step for step in self._admin.get_authentication_flow_executions(flow.alias)}
        for kind, requirement, config in flow.executions:
            if kind not in present:
                self._admin.create_authentication_flow_execution({"provider": kind}, flow.alias)
                self._changed(f"added {kind} to flow {flow.alias}")
                steps = self._admin.get_authentication_flow_executions(flow.alias)
                present = {step["providerId"]: step for step in steps}
            self._execution(flow.alias, present[kind], requirement, config)

    def _execution(self, alias: str, present: Representation, requirement: str, config: dict[str, str]) -> None:
        if present["requirement"] != requirement:
            self._admin.update_authentication_flow_executions(present | {"requirement": requirement}, alias)
            self._changed(f"made {present['providerId']} {requirement.lower()}")
        if not config:
            return
        config_id = present.get("authenticationConfig")
        if config_id is None:
            self._admin.create_execution_config(present["id"], {"alias": present["providerId"], "config": config})
            self._changed(f"configured {present['providerId']}")
            return
        known = self._admin.get_authenticator_config(config_id)
        self._update(
            f"configuration of {present['providerId']}",
            {"config": config},
            known,
            lambda merged: self._admin.update_authenticator_config(merged, config_id),
        )

    def _identity_provider(self) -> None:
        wanted = desired.identity_provider(self._settings)
        present = {item["alias"]: item for item in self._admin.get_idps()}.get(desired.PROVIDER)
        if present is None:
            self._admin.create_idp(wanted)
            self._changed("created identity provider")
        else:
            self._update("identity provider", wanted, present, lambda merged: self._admin.update_idp(desired.PROVIDER, merged))
        self._mappers(
            "identity provider",
            desired.provider_mappers(),
            self._admin.get_idp_mappers(desired.PROVIDER),
            lambda mapper: self._admin.add_mapper_to_idp(desired.PROVIDER, mapper),
            lambda mapper: self._admin.update_mapper_in_idp(desired.PROVIDER, mapper["id"], mapper),
        )

    def _browser_flow(self) -> None:
        name = self._settings.keycloak_realm
        wanted = {"browserFlow": desired.BROWSER_FLOW}
        self._update("browser flow", wanted, self._admin.get_realm(name), lambda merged: self._admin.update_realm(name, merged))

    def _machines(self, wanted: list[Machine]) -> None:
        scope_ids = {scope["name"]: self._scope(scope, mappers) for scope, mappers in machines.scopes()}
        for machine in wanted:
            client_id = self._client(machine.client, machine.mappers)
            self._default_scopes(machine, client_id, scope_ids)
        self._disable_others({machine.client["clientId"] for machine in wanted})

    def _scope(self, wanted: Representation, mappers: list[Representation]) -> str:
        present = self._admin.get_client_scope_by_name(wanted["name"])
        if present is None:
            scope_id = self._admin.create_client_scope(wanted)
            self._changed(f"created scope {wanted['name']}")
            present = self._admin.get_client_scope(scope_id)
        scope_id = str(present["id"])
        self._update(f"scope {wanted['name']}", wanted, present, lambda merged: self._admin.update_client_scope(scope_id, merged))
        self._mappers(
            f"scope {wanted['name']}",
            mappers,
            self._admin.get_mappers_from_client_scope(scope_id),
            lambda mapper: self._admin.add_mapper_to_client_scope(scope_id, mapper),
            lambda mapper: self._admin.update_mapper_in_client_scope(scope_id, mapper["id"], mapper),
        )
        return scope_id

    def _client(self, wanted: Representation, mappers: list[Representation]) -> str:
        name = wanted["clientId"]
        client_id = self._admin.get_client_id(name)
        if client_id is None:
            self._admin.create_client(wanted | {"defaultClientScopes": ["basic", "acr"], "optionalClientScopes": []})
            self._changed(f"created client {name}")
            client_id = self._admin.get_client_id(name)
        uid = str(client_id)
        self._update(f"client {name}", wanted, self._admin.get_client(uid), lambda merged: self._admin.update_client(uid, merged))
        self._mappers(
            f"client {name}",
            mappers,
            self._admin.get_mappers_from_client(uid),
            lambda mapper: self._admin.add_mapper_to_client(uid, mapper),
            lambda mapper: self._admin.update_client_mapper(uid, mapper["id"], mapper),
        )
        return uid

    def _default_scopes(self, machine: Machine, client_id: str, scope_ids: Mapping[str, str]) -> None:
        """Exactly the scopes that the machine's file names: what was taken out of it is taken away."""
        name = machine.client["clientId"]
        present = {scope["id"] for scope in self._admin.get_client_default_client_scopes(client_id)}
        for scope, scope_id in scope_ids.items():
            if scope in machine.scopes and scope_id not in present:
                payload = {"realm": self._settings.keycloak_realm, "client": client_id, "clientScopeId": scope_id}
                self._admin.add_client_default_client_scope(client_id, scope_id, payload)
                self._changed(f"gave scope {scope} to {name}")
            elif scope not in machine.scopes and scope_id in present:
                self._admin.delete_client_default_client_scope(client_id, scope_id)
                self._changed(f"took scope {scope} from {name}")

    def _disable_others(self, wanted: set[str]) -> None:
        """A machine whose file is gone gets no token any more."""
        for present in self._admin.get_clients():
            name = present["clientId"]
            if name.startswith(machines.PREFIXES) and name not in wanted and present["enabled"]:
                self._admin.update_client(present["id"], present | {"enabled": False})
                self._changed(f"disabled client {name}: its file is gone")

    def _mappers(
        self,
        owner: str,
        wanted: Iterable[Representation],
        present: Iterable[Representation],
        add: Callable[[Representation], Any],
        update: Callable[[Representation], Any],
    ) -> None:
        known = {mapper["name"]: mapper for mapper in present}
        for mapper in wanted:
            if mapper["name"] in known:
                self._update(f"mapper {mapper['name']} of {owner}", mapper, known[mapper["name"]], update)
            else:
                add(mapper)
                self._changed(f"added mapper {mapper['name']} to {owner}")

    def _update(self, what: str, wanted: Representation, present: Mapping[str, Any], write: Callable[[Representation], Any]) -> None:
        if not covers(wanted, present):
            write(merged(wanted, present))
            self._changed(f"updated {what}")

    def _changed(self, what: str) -> None:
        self.changes.append(what)


def covers(wanted: Any, present: Any) -> bool:
    """Whether everything wanted is so already; what Keycloak adds on its own does not count."""
    if isinstance(wanted, Mapping):
        return isinstance(present, Mapping) and all(covers(value, present.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        same_length = isinstance(present, list) and len(present) == len(wanted)
        return same_length and all(covers(one, other) for one, other in zip(wanted, present, strict=True))
    return bool(wanted == present)


def merged(wanted: Representation, present: Mapping[str, Any]) -> Representation:
    """`present` with everything wanted laid over it, down through nested mappings."""
    result: Representation = json.loads(json.dumps(present))
    for name, value in wanted.items():
        below = result.get(name)
        result[name] = merged(value, below) if isinstance(value, dict) and isinstance(below, dict) else value
    return result
