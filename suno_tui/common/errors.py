"""The errors that the studio can explain to its user, in one tree.

Class, code (a word for scripts), exit code of the command line (`docs/cli.md`), and the package
that defines it:

    StudioError               error                 1  common
      AmbiguousTrack          ambiguous_track       2  library
      AnotherEngine           another_engine        2  server
      BadAudio                bad_audio             1  media
      CannotListen            listen                1  server
      CannotListen            listen                2  worker
      CantPlay                cant_play             1  media
      CantRead                media                 4  media
      CantStream              stream                1  player
      CantUndo                cant_undo             1  library
      Crashed                 crash                 1  tui
      DamagedFile             damaged_file          4  common
      EditorFailed            editor                1  tui
      ExportError             export                2  library
      ExportStopped           export_stopped        4  library
      HomeError               home                  4  common
      ImportRuns              import_runs           4  library
      Interrupted             error                 1  library
      NetworkDisk             network_disk          4  server
      NetworkError            offline               4  providers
        NeverSent             offline               4  providers
        OutcomeUnknown        outcome_unknown       4  providers
          Busy                busy                  4  providers
          TooSlow             too_slow              4  providers
      NewerDatabase           newer_database        4  tasks
      NoCluster               no_cluster            2  server
      NoObjectStorage         no_s3                 2  server
      NoPlayer                no_player             4  cli
      NoScheduler             no_scheduler          4  server
      NoServer                no_server             2  cli
      NoStudioThere           no_studio             4  cli
      NoVoice                 no_voice              2  server
      NotKept                 editor                1  tui
      NotUploaded             error                 1  worker
      NothingPlays            nothing_plays         5  cli
      OldSQLite               old_sqlite            4  common
      OtherVersion            other_version         4  listener
      OutputFailed            output                4  cli
      PlayerGone              player_gone           4  cli
      ProviderError           provider_error        1  providers
        AccountRefused        forbidden             3  providers
          AddressNotAllowed   ip_not_allowed        3  providers
          InsufficientCredits insufficient_credits  3  providers
          InvalidKey          invalid_api_key       3  providers
          SpendLimitExceeded  spend_limit_exceeded  3  providers
        BadAnswer             bad_answer            4  providers
          WrongAddress        wrong_address         4  providers
        BadFile               bad_file              1  providers
          TooLarge            bad_file              1  providers
        FileGone              file_gone             1  providers
        InvalidRequest        invalid_request       2  providers
        ModelNotFound         model_not_found       3  providers
        ProviderDown          internal_error        4  providers
          UpstreamError       upstream_error        4  providers
        RateLimited           rate_limit_exceeded   4  providers
        SourceTrouble         source                4  providers
        TaskNotFound          task_not_found        1  providers
      Refused                 not_for_agents        1  agents
      SpendLimitReached       own_spend_limit       3  tasks
      Stopped                 stopped               1  tui
      StorageTrouble          storage_trouble       1  server
      UnknownImport           unknown_import        2  library
      UnknownPlaylist         unknown_playlist      2  library
      UnknownTrack            unknown_track         2  library
      UsageError              usage                 2  common
        AdminError            admin                 2  server
        BadPlaylist           bad_playlist          2  library
        BadSearch             bad_search            2  library
        BatchChanged          usage                 2  studio_batches
        FileChanged           usage                 2  batches
        InvalidSong           invalid_request       2  providers
        NotASketch            not_a_sketch          2  server
        NotNow                not_now               2  tasks
        NotOurs               storage               2  server
        QueryError            query                 2  library
        SettingsError         settings              2  common
          NoKey               no_key                3  providers
          OtherAddress        other_address         2  worker
          OtherShell          other_shell           2  worker
        TemplateError         template              2  library
        UnknownSearch         unknown_search        2  library
        UnknownTask           unknown_task          2  tasks
      WriterError             writer                4  writer

`title` is a short heading, `str()` the whole message: what happened, what it means for money and
files, and what to do. A message may contain text from a provider, so treat it as plain text and
never as markup.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import ClassVar

from suno_tui.common.safe_files import Unfit


class StudioError(Exception):
    """An error that the studio can explain. Any other exception is a bug and shows a traceback."""

    title: ClassVar[str] = "That did not work"
    code: str = "error"
    exit_code: ClassVar[int] = 1


class UsageError(StudioError):
    """The request itself is wrong: nothing was sent, nothing was charged."""

    title = "That can't be sent"
    code = "usage"
    exit_code = 2


class SettingsError(UsageError):
    """A value in `config.toml`, the environment or the keymap is wrong."""

    title = "The settings are wrong"
    code = "settings"


class HomeError(StudioError):
    """The home can't be read or written: no permission, a full disk, a file instead of a folder."""

    title = "The studio's folder can't be used"
    code = "home"
    exit_code = 4


class DamagedFile(StudioError):
    """One of our files can't be parsed. It stays where it is, and the program continues."""

    title = "A file is damaged"
    code = "damaged_file"
    exit_code = 4

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def home_error(path: Path, error: OSError) -> HomeError:
    """Turn an `OSError` into a message with the path, the reason and what to do."""
    if isinstance(error, Unfit):
        return HomeError(f"{path}: {error.strerror}. Move it away.")
    reason = error.strerror or str(error)
    denied = f"{reason}. Give yourself permission or set SUNO_TUI_HOME."
    other = f"{reason}. Check the path, or set SUNO_TUI_HOME to another folder."
    why = {
        errno.ENOSPC: "the disk is full. Free some space; the studio then resumes.",
        errno.EDQUOT: "your disk quota is used up. Free some space; the studio then resumes.",
        errno.EACCES: denied,
        errno.EPERM: denied,
        errno.EROFS: "the disk is read-only. Set SUNO_TUI_HOME to a folder that can be written.",
    }.get(error.errno or 0, other)
    return HomeError(f"{path}: {why}")
