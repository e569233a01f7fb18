"""The DMS actions that answer with JSON, but for those of files."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from das_tui.demo import catalog
from das_tui.demo.auth import Refusal
from das_tui.demo.call import Answer, Call, Failure, Handler, done, invalid, missing
from das_tui.demo.catalog import USER_ID, Page
from das_tui.demo.files import Files
from das_tui.demo.session import DmsSession
from das_tui.demo.sessions import Hub
from das_tui.demo.times import milliseconds

_KINDS = frozenset({"primary", "additional", "report", "cancel"})
_FEEDBACK = frozenset({"ISSUE_REPORT", "CANCEL_CHAT", "LIKE", "DISLIKE"})
_TARGETS = frozenset({"SESSION", "CHAT", "REPORT", "PLAN"})
_LIKES = {"LIKE": "1", "DISLIKE": "-1"}
"""The only feedback that has a `LikeValue`."""

_QUESTION_PART = 40
_HISTORY_SECONDS = 3600
_REPORTS = frozenset({"analysis.report", "study.report", "report", "weekly"})


class DmsActions:
    """The handlers. Each takes a call and gives the fields of its answer."""

    def __init__(self, hub: Hub, files: Files) -> None:
        self._hub = hub
        self._files = files

    def actions(self) -> dict[str, Handler]:
        """All handlers by the names of their actions."""
        return {
            "CreateDataAgentSession": self._create,
            "SendChatMessage": self._send,
            "DescribeDataAgentSession": self._describe,
            "ListDataAgentSession": self._list,
            "ListCustomAgent": self._agents,
            "DescribeCustomAgent": self._agent,
            "CreateDataAgentFeedback": self._feedback,
            "ListDataAgentWorkspace": self._workspaces,
            "InitDataAgentPersonalWorkspace": self._personal,
            "GetActiveRouteUnit": self._unit,
        }

    # --- sessions ------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Answer:
        config = call.object("SessionConfig")
        if call.text("Mode"):
            config.setdefault("Mode", call.text("Mode"))
        title = call.text("Title")
        if len(title) > 128:
            raise invalid("Title")
        session = self._new(call, title, config)
        return done(self._row(session))

    def _new(self, call: Call, title: str, config: Mapping[str, Any]) -> DmsSession:
        workspace = call.text("WorkspaceId")
        if workspace and catalog.workspace_of(workspace) is None:
            raise Failure("WorkspaceNotFound", f"Workspace {workspace} does not exist.")
        found = self._agreed(config)
        return self._hub.create(title, found, workspace, call.text("File"))

    def _agreed(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The settings with those of the custom agent that they name."""
        agent_id = config.get("CustomAgentId")
        if not agent_id:
            return dict(config)
        agent = catalog.agent_of(str(agent_id))
        if agent is None:
            raise Failure("CustomAgentNotFound", f"Custom agent {agent_id} does not exist.")
        return dict.fromkeys(agent.switches, True) | dict(config)

    async def _send(self, call: Call) -> Answer:
        """`Success` is a string here, as the SDK types it."""
        try:
            return done(self._sent(call), success="true")
        except Failure as failure:
            failure.as_text = True
            raise

    def _sent(self, call: Call) -> dict[str, Any]:
        message = call.text("Message")
        kind = call.text("MessageType").lower() or "primary"
        if kind not in _KINDS:
            raise Refusal(400, "InvalidParameter", f"MessageType {kind!r} is not valid.")
        if not message and kind != "cancel":
            raise missing("Message")
        if kind == "additional" and not call.text("Question"):
            raise missing("Question")
        config, task = call.object("SessionConfig"), call.object("TaskConfig")
        sources = call.objects("DataSources")
        if not sources and (one := call.object("DataSource")):
            sources = [one]
        session = self._addressed(call, config)
        if not session.turns:
            session.config |= self._agreed(config)
        if kind == "cancel":
            self._hub.cancel(session)
            message_id = f"msg_{uuid.uuid4().hex[:16]}"
        elif session.running(self._hub.clock()):
            raise Failure("SessionIsRunning", "The session is busy; read its stream first.")
        else:
            session.sources += [source for source in sources if source not in session.sources]
            args = self._arguments(session, sources) | _report(task)
            database = _database(sources)
            message_id = self._hub.send(session, message, kind, database, args).message_id
        return {
            "SessionId": session.session_id,
            "AgentId": session.agent_id,
            "MessageId": message_id,
            "Message": message,
        }

    def _addressed(self, call: Call, config: Mapping[str, Any]) -> DmsSession:
        """The session that the message is for, a new one when it names none."""
        session_id = call.text("SessionId")
        if not session_id:
            return self._new(call, call.text("Message")[:_QUESTION_PART], config)
        session = self._hub.known(session_id)
        if session is None:
            raise Failure("InvalidSession", "The session does not exist.")
        if call.text("AgentId") not in {"", session.agent_id}:
            raise Failure("InvalidAgent", "The agent is not that of the session.")
        if not self._started(session):
            raise Failure("AgentNotReady", "The agent is starting; wait until it is RUNNING.")
        return session

    def _arguments(self, session: DmsSession, sources: list[dict[str, Any]]) -> dict[str, Any]:
        """What a turn is told besides its message: the files that it was given."""
        ids = [str(source["FileId"]) for source in sources if source.get("FileId")]
        if not session.turns and session.file:
            ids.append(session.file)
        files = [self._files.uploaded(file_id) for file_id in dict.fromkeys(ids)]
        given = [f"{file.name}, {file.size:,} bytes" for file in files if file is not None]
        return {"files": given} if given else {}

    async def _describe(self, call: Call) -> Answer:
        """A session that is unknown, gone, or of another workspace is told by an answer without
        AgentId, as the cloud does."""
        session_id = call.need("SessionId")
        session = self._hub.known(session_id, call.text("WorkspaceId"))
        if session is None:
            return done({"SessionId": session_id, "SessionStatus": "CREATING"})
        now = self._hub.clock()
        until = int(now) + _HISTORY_SECONDS
        history = {
            "Key": f"history/{session.session_id}.jsonl",
            "Url": self._files.link(f"history-{session.session_id}", call.base, until),
        }
        messages = [
            {
                "Id": turn.message_id,
                "Content": turn.message,
                "SendTime": milliseconds(turn.started),
                "Status": "SUCCESS",
            }
            for turn in session.turns
        ]
        data = self._row(session) | {
            "Messages": messages,
            "Artifacts": self._artifacts(session),
            "ChatHistoryLocations": [history] if session.turns else [],
            "DataSources": _sources(session),
            "Capabilities": [],
            "RecallResults": [],
            "FavoriteInWorkspace": str(session.saved).lower(),
        }
        return done(data)

    def _artifacts(self, session: DmsSession) -> list[dict[str, Any]]:
        found = []
        for place, turn in enumerate(session.turns):
            if turn.part not in _REPORTS:
                continue
            last = place + 1 == len(session.turns)
            running = last and session.running(self._hub.clock())
            end = turn.started + (turn.seconds / turn.speed if turn.speed else 0.0)
            found.append(
                {
                    "Id": turn.message_id,
                    "Name": f"{session.title or 'Report'}.html",
                    "Description": str(turn.args.get("report_prompt", "")),
                    "Type": "WebReport",
                    "Status": "RUNNING" if running else "SUCCESS",
                    "ReceiveTime": str(milliseconds(turn.started)),
                    "StartTime": str(milliseconds(turn.started)),
                    "FinishTime": "" if running else str(milliseconds(end)),
                }
            )
        return found

    async def _list(self, call: Call) -> Answer:
        number = call.number("PageNumber", 1)
        size = min(call.number("PageSize", 10), 100)
        workspace = call.text("WorkspaceId")
        if workspace:
            call.need("QueryType")
        favourites = call.text("QueryType") == "myFavorite"
        start, end = "CreateStartTime", "CreateEndTime"
        if call.by_key:
            start, end = "StartTime", "EndTime"
        after, before = call.moment(start), call.moment(end)
        title, mode = call.text("Title").lower(), call.text("Mode").upper()
        agent, saved = call.text("CustomAgentId"), call.flag("IsSaved")
        mine = call.text("CreatorId") in {"", USER_ID}
        found = [
            session
            for session in self._hub.dms.values()
            if mine
            and session.workspace == workspace
            and title in session.title.lower()
            and mode in {"", str(session.config.get("Mode", "")).upper()}
            and agent in {"", session.config.get("CustomAgentId", "")}
            and saved in {None, session.saved}
            and (session.saved or not favourites)
            and (after is None or session.created >= after)
            and (before is None or session.created <= before)
        ]
        found.sort(key=lambda session: session.created, reverse=True)
        page = Page.of([self._row(session) for session in found], number, size)
        return done(page.rows, **page.beside())

    def _row(self, session: DmsSession) -> dict[str, Any]:
        now = self._hub.clock()
        return {
            "SessionId": session.session_id,
            "AgentId": session.agent_id,
            "AgentStatus": "RUNNING" if self._started(session) else "STARTING",
            "SessionStatus": session.status(now) if self._started(session) else "CREATING",
            "Title": session.title,
            "CreateTime": milliseconds(session.created),
            "File": session.file,
            "Saved": session.saved,
            "SessionConfig": session.config,
            "UserId": USER_ID,
        }

    def _started(self, session: DmsSession) -> bool:
        speed = self._hub.config.speed
        wait = self._hub.config.agent_start / speed if speed else 0.0
        return self._hub.clock() >= session.created + wait

    # --- custom agents and workspaces ----------------------------------------------------------

    async def _agents(self, call: Call) -> Answer:
        number, size = call.number("PageNumber", 1), call.number("PageSize", 20)
        status, kind = call.text("Status"), call.text("AgentType")
        words, workspace = call.text("SearchKey").lower(), call.text("WorkspaceId")
        everywhere = call.flag("QueryAllReleased")
        now, unit = self._hub.clock(), self._hub.config.unit
        found = [
            agent.wire(now, unit)
            for agent in catalog.AGENTS
            if status in {"", agent.status}
            and kind in {"", agent.kind}
            and words in f"{agent.name} {agent.description}".lower()
            and (agent.workspace == workspace or (everywhere and agent.status == "RELEASED"))
        ]
        return done(Page.of(found, number, min(size, 100)).inside())

    async def _agent(self, call: Call) -> Answer:
        agent = catalog.agent_of(call.need("CustomAgentId"))
        if agent is None or call.text("WorkspaceId") not in {"", agent.workspace}:
            raise Failure("CustomAgentNotFound", "The custom agent does not exist.")
        wire = agent.wire(self._hub.clock(), self._hub.config.unit)
        wire["AliyunParentUid"] = USER_ID
        return done(wire)

    async def _workspaces(self, call: Call) -> Answer:
        """`Success` is a string here, as the SDK types it."""
        for name in ("PageNumber", "PageSize", "WorkspaceType"):
            call.need(name)
        number, size = call.number("PageNumber", 1), call.number("PageSize", 20)
        words = call.text("WorkspaceName").lower()
        now = self._hub.clock()
        found = []
        for workspace in catalog.WORKSPACES:
            if words in workspace.name.lower():
                living = [
                    session
                    for session in self._hub.dms.values()
                    if session.workspace == workspace.workspace_id
                ]
                running = sum(session.running(now) for session in living)
                found.append(workspace.wire(now, len(living), running))
        page = Page.of(found, number, min(size, 100))
        return done(page.inside(), success="true")

    async def _personal(self, call: Call) -> Answer:
        return done({"WorkspaceId": catalog.PERSONAL.workspace_id})

    async def _unit(self, call: Call) -> Answer:
        """Without a unit of its own the tenant belongs to the default one, and no route is told."""
        unit = self._hub.config.unit
        return {"Success": True} | ({"Route": {"RegionId": unit}} if unit else {})

    # --- feedback ------------------------------------------------------------------------------

    async def _feedback(self, call: Call) -> Answer:
        kind = call.choice("FeedbackType", _FEEDBACK)
        target = call.choice("TargetType", _TARGETS)
        session_id, target_id = call.need("SessionId"), call.need("TargetId")
        like = call.text("LikeValue")
        if like != _LIKES.get(kind, ""):
            raise invalid("LikeValue")
        if kind == "ISSUE_REPORT":
            fits = target_id.startswith(f"{session_id}_")
        else:
            fits = target_id.isascii() and target_id.isdigit()
        if not fits:
            raise invalid("TargetId")
        if self._hub.known(session_id) is None:
            raise Failure("InvalidSession", "The session does not exist.")
        found = {
            "FeedbackType": kind,
            "TargetType": target,
            "TargetId": target_id,
            "LikeValue": int(like) if like else 0,
            "FeedbackContent": call.text("FeedbackContent"),
            "SessionId": session_id,
            "RegionId": self._hub.config.unit or "cn-hangzhou",
        }
        self._hub.feedback.append(found)
        return done(found, Code="200", HttpStatusCode=200, Message="successful")


def _database(sources: list[dict[str, Any]]) -> str:
    """`DbName` of the first data source that names one."""
    names = (source.get("DbName") or source.get("Database") for source in sources)
    return next((name for name in names if isinstance(name, str) and name), "")


def _report(task: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a report from `TaskConfig`."""
    report = task.get("ReportConfig")
    if not isinstance(report, dict):
        return {}
    found = {
        "report_prompt": report.get("ReportPrompt"),
        "report_theme": report.get("ReportTheme"),
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def _sources(session: DmsSession) -> list[dict[str, Any]]:
    """The data sources of a session as Describe has them."""
    sources = session.sources
    if not sources and session.database:
        sources = [{"DataSourceType": "database", "DbName": session.database}]
    return [
        {
            "Category": source.get("DataSourceType", "database"),
            "Detail": json.dumps(source, ensure_ascii=False),
        }
        for source in sources
    ]
