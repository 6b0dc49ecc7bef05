"""Factories by name, and the check of settings against their signatures."""

from .check import check as check
from .check import defaults as defaults
from .check import metadata as metadata
from .errors import FactoryError as FactoryError
from .errors import closest as closest
from .errors import nearest as nearest
from .find import find as find
from .modules import PROJECT as PROJECT
from .modules import explained as explained
from .modules import from_file as from_file
from .modules import raised_at as raised_at
from .nested import inside as inside
from .nested import placed as placed
from .nested import stated as stated
from .nested import without as without
from .paths import folder as folder
from .paths import taken_from as taken_from
from .paths import with_paths as with_paths
from .schema import of_toml as of_toml
from .schema import schemas as schemas
from .sources import imported_files as imported_files
from .sources import is_own as is_own
from .sources import is_own_file as is_own_file
from .sources import sources as sources
from .wanted import shown as shown
from .wanted import wanted as wanted
