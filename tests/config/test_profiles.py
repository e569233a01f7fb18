from pathlib import Path

import certifi
import pytest

from das_tui.config import profiles
from das_tui.config.errors import ConfigError

ALL_KEYS = """
[profiles.prod]
region = "cn-beijing"
das_endpoint = "https://das.example.internal/base"
dms_endpoint = "http://127.0.0.1:9000/dms"
das_api = "Chat"
das_agent_id = "ag-1"
dms_unit = "cn-beijing"
workspace_id = "ws-1"
credentials = "profile:ops"
reply = "additional"
read_only = true
production = false
level = 30
price_per_char = 0.00021
included_chars = 100000
budget = 50
concurrency = 2
trusted_hosts = ["das.example.internal"]
proxy = "http://proxy:3128"
ca_file = "CA"
""".replace("CA", certifi.where())


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DAS_TUI_DAS_ENDPOINT", raising=False)
    monkeypatch.delenv("DAS_TUI_DMS_ENDPOINT", raising=False)
    return tmp_path / "config.toml"


def test_every_key_of_the_contract_is_read(file: Path) -> None:
    file.write_text(ALL_KEYS)
    name, profile = profiles.load(file).choose("prod")
    assert name == "prod"
    written = [line.split(" = ")[0] for line in ALL_KEYS.splitlines() if " = " in line]
    assert written == list(profile.__struct_fields__)
    for field in written:
        assert getattr(profile, field) != getattr(profiles.Profile(), field), field
    assert profile.budget == 50.0
    assert profile.trusted_hosts == ("das.example.internal",)
    assert profile.dms_url == "http://127.0.0.1:9000/dms"


def test_without_a_file_the_built_in_profile_is_used(file: Path) -> None:
    name, profile = profiles.load(file).choose(None)
    assert name == ""
    assert profile.credentials == "default"
    assert profile.das_url == "https://das.cn-shanghai.aliyuncs.com"
    assert profile.dms_url == "https://dms.cn-hangzhou.aliyuncs.com"
    assert profile.guarded


def test_without_a_name_default_wins_over_the_first(file: Path) -> None:
    file.write_text('[profiles.a]\nregion = "a"\n[profiles.b]\n')
    assert profiles.load(file).choose(None)[0] == "a"
    file.write_text('[profiles.a]\nregion = "a"\n[profiles.default]\n')
    assert profiles.load(file).choose(None)[0] == "default"


def test_a_remembered_profile_comes_before_default_and_first(file: Path) -> None:
    file.write_text('[profiles.a]\n[profiles.default]\n[profiles.c]\nregion = "c"\n')
    found = profiles.load(file)
    assert found.choose(None, "c")[0] == "c"
    assert found.choose("a", "c")[0] == "a"
    assert found.choose(None, "")[0] == "default"


def test_a_remembered_profile_that_is_gone_is_not_replaced_by_another(file: Path) -> None:
    file.write_text("[profiles.a]\n[profiles.b]\n")
    with pytest.raises(ConfigError, match=r"no profile gone, which was chosen.*another of: a, b"):
        profiles.load(file).choose(None, "gone")
    file.write_text("")
    assert profiles.load(file).choose(None, "gone")[0] == ""


def test_the_environment_overrides_the_endpoints(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAS_TUI_DAS_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("DAS_TUI_DMS_ENDPOINT", "http://localhost:2/x")
    file.write_text(ALL_KEYS)
    _, profile = profiles.load(file).choose("prod")
    assert (profile.das_url, profile.dms_url) == ("http://127.0.0.1:1", "http://localhost:2/x")


def test_production_guards_everything_but_services_on_this_machine(file: Path) -> None:
    local = 'das_endpoint = "http://127.0.0.1:1"\ndms_endpoint = "http://127.0.0.1:1"\n'
    file.write_text(
        f"[profiles.local]\n{local}[profiles.both]\n{local}production = true\n"
        '[profiles.half]\ndas_endpoint = "http://127.0.0.1:1"\n[profiles.off]\nproduction = false\n'
    )
    read = profiles.load(file)
    guarded = {name: read.choose(name)[1].guarded for name in read.profiles}
    assert guarded == {"local": False, "both": True, "half": True, "off": False}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[profiles.a]\nregin = "x"', "[profiles.a]: unknown key regin; did you mean region?"),
        ("[profiles.a]\nzzz = 1", "[profiles.a]: unknown key zzz; known: region, das_endpoint"),
        ("profile = 1", "unknown key profile; did you mean profiles?"),
        ("profiles = 1", "profiles: expected tables like [profiles.prod]"),
        ("[profiles]\na = 1", "[profiles.a]: expected a table, not a whole number"),
        ('[profiles.a]\ndas_api = "chat"', "das_api: expected one of GetDasAgentSSE, Chat"),
        ('[profiles.a]\nreply = "no"', "reply: expected one of message, additional"),
        ('[profiles.a]\nlevel = "20"', "[profiles.a]: level: expected a whole number, not text"),
        ("[profiles.a]\nconcurrency = 0", "concurrency: expected a whole number of at least 1"),
        ("[profiles.a]\nbudget = -1", "budget: expected a number of at least 0"),
        ("[profiles.a]\ntrusted_hosts = [1]", "trusted_hosts[0]: expected text in quotes, not"),
        ('[profiles.a]\nregion = "cn/../x"', "region: expected letters, digits, dot, dash"),
        ('[profiles.a]\ntrusted_hosts = [""]', "trusted_hosts[0]: expected text that is not empty"),
        ("[profiles.a]\nread_only = 1", "read_only: expected true or false, not a whole number"),
        ("[profiles.a]\nbudget = nan", "budget: expected a number of at least 0"),
        ("[profiles.a]\nbudget = inf", "budget: expected a number of at least 0"),
        ("[profiles.a]\nprice_per_char = nan", "price_per_char: expected a number of at least 0"),
        ("[profiles.a]\nprice_per_char = inf", "price_per_char: expected a number of at least 0"),
        ('[profiles.a]\nproxy = "proxy:3128"', "proxy: expected an http or https URL with a host"),
        ('[profiles.a]\nproxy = "socks5://h:1"', "proxy: expected an http or https URL"),
        ('[profiles.a]\nproxy = "http://"', "proxy: expected an http or https URL"),
        ('[profiles.a]\nproxy = "http://u:canary@h:99999"', "proxy: expected an http or https URL"),
        ('[profiles.a]\ncredentials = "me"', "none of default, env, profile:NAME, api-key"),
        ('[profiles.a]\ncredentials = "profile:"', "credentials: profile: needs a name"),
        ('[profiles.a]\ndas_endpoint = "http://10.0.0.1"', "das_endpoint: plain http is accepted"),
        ('[profiles.a]\ndms_endpoint = "ftp://x"', "dms_endpoint: expected a URL like https"),
        ('[profiles.a]\ndms_endpoint = "https://a:b@x"', "dms_endpoint: expected a URL"),
        ('[profiles.a]\ndms_endpoint = "https://x:99999"', "dms_endpoint: expected a URL"),
        ("[profiles.a", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_what_is_allowed(
    file: Path, text: str, words: str
) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        profiles.load(file)
    assert str(file) in str(caught.value)
    assert words in str(caught.value)
    assert not any(word in str(caught.value) for word in ("`", "canary", "regex"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "holds no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate"),
    ],
)
def test_a_ca_file_must_hold_certificates_where_its_profile_is_used(
    file: Path, content: str | None, words: str
) -> None:
    authorities = file.parent / "own.pem"
    if content is not None:
        authorities.write_text(content)
    file.write_text(f'[profiles.a]\nca_file = "{authorities}"\n[profiles.b]\n')
    read = profiles.load(file)
    assert read.choose("b")[0] == "b"
    with pytest.raises(ConfigError) as caught:
        read.choose("a")
    assert f"{file}: [profiles.a]: ca_file: {authorities} {words}" in str(caught.value)


def test_an_unknown_profile_names_those_there_are(file: Path) -> None:
    file.write_text("[profiles.a]\n[profiles.b]\n")
    with pytest.raises(ConfigError, match="no profile c; there is: a, b"):
        profiles.load(file).choose("c")


def test_a_bad_endpoint_in_the_environment_names_the_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAS_TUI_DMS_ENDPOINT", "dms.example")
    with pytest.raises(ConfigError, match="DAS_TUI_DMS_ENDPOINT: expected a URL"):
        profiles.load(file).choose(None)
