"""All diagnostic codes, in one append-only table; a number is never reused."""

from __future__ import annotations

from enum import Enum, StrEnum

from ccproxy.frozen import frozen


class Severity(StrEnum):
    """An error stops a policy from being used; a warning is probably a mistake; a note is for your information."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@frozen
class _Row:
    number: str
    severity: Severity
    title: str
    dead: bool = False
    unnecessary: bool = False


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE


class Code(Enum):
    """A kind of diagnostic: `Code.UNREACHABLE_RULE` is CCP401, `unreachable-rule` to people and programs.

    `title` describes it in one line. `dead`: no request can end at the rule. `unnecessary`: without it the policy does the same.
    """

    # CCP0xx: reading
    UNREADABLE_FILE = _Row("CCP001", _E, "the file can't be read")
    NOT_UTF8 = _Row("CCP002", _E, "the file is not UTF-8 text")
    FILE_TOO_LARGE = _Row("CCP003", _E, "a policy file may have 1,048,576 bytes")
    LINE_TOO_LONG = _Row("CCP004", _E, "a line may have 4,096 bytes")
    CONTROL_CHARACTER = _Row("CCP005", _E, "control characters have no place in a policy")
    SYNTAX_ERROR = _Row("CCP006", _E, "the text is not a statement of the language")
    UNCLOSED_TEXT = _Row("CCP007", _E, "a quoted text ends on the line that it starts on")
    UNCLOSED_PATTERN = _Row("CCP008", _E, "a /pattern/ ends on the line that it starts on")
    BAD_ESCAPE = _Row("CCP009", _E, "the escape is none of the language's")
    BAD_NUMBER = _Row("CCP010", _E, "the number is not written as the language has it")
    BAD_TIME = _Row("CCP011", _E, "a time of day is written HH:MM, from 00:00 to 23:59")
    NESTING_TOO_DEEP = _Row("CCP012", _E, "parentheses and nots may be nested 64 deep")
    BAD_LABEL = _Row("CCP013", _E, "the label is not written as the language has it")
    RESERVED_WORD = _Row("CCP014", _E, "a reserved word stands where a name or a label is due")
    UNKNOWN_VERSION = _Row("CCP015", _E, "this ccproxy knows version 1 of the language")
    VERSION_NOT_FIRST = _Row("CCP016", _E, "version stands first in its file")
    INCLUDE_NOT_FOUND = _Row("CCP017", _E, "the included file can't be read")
    INCLUDE_OUTSIDE = _Row("CCP018", _E, "an include stays inside the folder of the main policy")
    INCLUDE_CYCLE = _Row("CCP019", _E, "a file includes itself, directly or through others")
    INCLUDE_TOO_DEEP = _Row("CCP020", _E, "includes may be nested 16 deep")
    BAD_PATTERN = _Row("CCP021", _E, "the pattern is not RE2 syntax")
    PATTERN_TOO_LONG = _Row("CCP022", _E, "a pattern may have 1,000 characters")
    BAD_FLAGS = _Row("CCP023", _E, "the flags of a pattern are i, m and s, each once")
    BAD_GLOB = _Row("CCP024", _E, "the glob is not written as the language has it")
    TOO_MANY_RULES = _Row("CCP025", _E, "a policy may have 20,000 rules")
    NUMBER_TOO_LARGE = _Row("CCP026", _E, "a number may have 40 digits before the point and 20 after it")
    # CCP1xx: names
    UNKNOWN_NAME = _Row("CCP101", _E, "no fact, let or predicate has this name")
    DUPLICATE_NAME = _Row("CCP102", _E, "the name is defined already")
    SHADOWED_FACT = _Row("CCP103", _E, "a let or predicate may not take the name of a fact or function")
    BAD_NAME = _Row("CCP104", _E, "a name is written in lower case letters, digits and underscores")
    USED_BEFORE_DEFINITION = _Row("CCP105", _E, "a let or predicate is defined before it is used")
    UNUSED_LET = _Row("CCP106", _W, "the let is never used", unnecessary=True)
    UNKNOWN_TIMEZONE = _Row("CCP107", _E, "no time zone has this name")
    DUPLICATE_TIMEZONE = _Row("CCP108", _E, "a policy has one timezone")
    CREDENTIAL = _Row("CCP109", _E, "a policy may not read credentials")
    RULE_AFTER_DEFAULT = _Row("CCP110", _E, "no rule can follow default")
    DUPLICATE_DEFAULT = _Row("CCP111", _E, "a policy has one default")
    IMPLIED_DEFAULT = _Row("CCP112", _N, "the policy does not say where all other requests go")
    UNKNOWN_FUNCTION = _Row("CCP113", _E, "there is no such function")
    PREDICATE_NOT_FOUND = _Row("CCP114", _E, "the Python predicate can't be found")
    BAD_PREDICATE = _Row("CCP115", _E, "the Python predicate is not written as the language has it")
    UNUSED_PREDICATE = _Row("CCP116", _W, "the predicate is never used", unnecessary=True)
    EMPTY_POLICY = _Row("CCP117", _W, "the policy has neither a rule nor a default")
    # CCP2xx: types
    NOT_A_CONDITION = _Row("CCP201", _E, "a condition is true or false")
    TYPE_MISMATCH = _Row("CCP202", _E, "the types of the two sides don't go together")
    WRONG_OPERAND = _Row("CCP203", _E, "the operator does not take this type")
    BAD_LIST = _Row("CCP204", _E, "a list holds literals of one type, and stands right of in")
    BAD_RANGE = _Row("CCP205", _E, "a range has ends of one type, and stands right of in")
    UNTYPED_BODY = _Row("CCP206", _E, "nothing here says what type the body's value has")
    BAD_CHAIN = _Row("CCP207", _E, "a chain of comparisons runs one way")
    NOT_A_FACT = _Row("CCP208", _E, "has asks whether a fact is there")
    BAD_QUANTIFIER = _Row("CCP209", _E, "any, all and none ask about the elements of a list")
    NOT_A_LITERAL = _Row("CCP210", _E, "a glob or pattern is written out where it is used")
    DEGREE_TOO_HIGH = _Row("CCP211", _E, "a product may have 8 factors that aren't constant")
    # CCP3xx: labels and LiteLLM's config
    UNKNOWN_LABEL = _Row("CCP301", _E, "LiteLLM's model_list has no such model_name")
    WILDCARD_LABEL = _Row("CCP302", _W, "only a wildcard of the model_list matches the label")
    BAD_SHARE = _Row("CCP303", _E, "the shares of a split are over 0 and add up to 100%")
    DUPLICATE_BRANCH = _Row("CCP304", _E, "the labels of a split are distinct")
    BAD_SPLIT_FACT = _Row("CCP305", _E, "a split is by a text fact, header, metadata or body")
    BAD_CONFIG = _Row("CCP306", _E, "LiteLLM's config can't be used")
    FOREIGN_API_BASE = _Row("CCP307", _W, "an anthropic/ model has somebody else's address")
    CONFIGURED_FALLBACK = _Row("CCP308", _N, "LiteLLM's own fallbacks lead requests on from a label")
    SHELL_VARIABLE = _Row("CCP309", _W, "LiteLLM's config has a ${VARIABLE}, which LiteLLM doesn't expand")
    UNSEEN_ENDPOINT = _Row("CCP310", _W, "requests of this endpoint go round the policy")
    STAY_BY_DEFAULT = _Row("CCP311", _E, "default takes every request, and stay only those of a conversation")
    # CCP4xx: what the analyses prove
    UNREACHABLE_RULE = _Row("CCP401", _W, "no request can end at this rule", dead=True, unnecessary=True)
    NEVER_TRUE = _Row("CCP402", _E, "the condition holds for no request", dead=True)
    ALWAYS_TRUE = _Row("CCP403", _W, "the condition holds for every request")
    UNREACHABLE_DEFAULT = _Row("CCP404", _W, "no request can end at default", dead=True, unnecessary=True)
    REDUNDANT_RULE = _Row("CCP405", _W, "without this rule every request would go the same way", unnecessary=True)
    NEVER_TRUE_HERE = _Row("CCP406", _W, "this part of the condition is never true here")
    ALWAYS_TRUE_HERE = _Row("CCP407", _W, "this part of the condition is always true here")
    DUPLICATE_RULE = _Row("CCP408", _W, "an earlier rule has the same condition", dead=True, unnecessary=True)
    ASSERTION_BROKEN = _Row("CCP409", _E, "a request breaks the assertion")
    UNDECIDED = _Row("CCP410", _N, "the analysis could not decide")
    # CCP5xx: advice
    AND_OR_MIXED = _Row("CCP501", _W, "or stands beside and without parentheses")
    NEGATED_MISSING = _Row("CCP502", _N, "a negation is true where the fact is missing")
    EMPTY_LIST_HOLDS = _Row("CCP503", _N, "all and none hold for a list without elements")
    SUFFIX_AS_SET = _Row("CCP504", _W, "a set at the end of a glob reads like the end of a name")
    SPLIT_WITHOUT_FACT = _Row("CCP505", _N, "requests without the fact of a split go to its largest share")
    GLOB_NOT_READ = _Row("CCP506", _W, "a glob stands where none is read, or reads like something else")
    NO_SUCH_VALUE = _Row("CCP507", _W, "the fact never has this value")
    ALWAYS_THERE = _Row("CCP508", _W, "has asks for a number that every request has")
    PATH_TO_NOTHING = _Row("CCP509", _W, "no request has what the path into the body asks for")
    NOTHING_ACKNOWLEDGED = _Row("CCP510", _W, "the comment acknowledges what isn't found here", unnecessary=True)
    HIDDEN_FACT = _Row("CCP511", _N, "a let or predicate hides a fact that came later")
    POINT_FOR_THOUSANDS = _Row("CCP512", _W, "a point before three zeros reads like one between thousands")
    PREDICATE_UNTOLD = _Row("CCP513", _N, "whether the Python predicate is there can't be told without importing it")
    # CCP6xx: what stands behind a label
    CANNOT_SERVE = _Row("CCP601", _W, "a label gets requests that its models can't take, and another could")
    PRICE_CLIFF = _Row("CCP602", _N, "every request of the rule pays a higher price, and another label costs less")
    RETIRING_MODEL = _Row("CCP603", _W, "a model behind the label is or will soon be retired")
    UNKNOWN_MODEL = _Row("CCP604", _N, "nothing is known of what stands behind the label")
    UNKNOWN_PRICE = _Row("CCP605", _N, "the cost of a label with an unknown price is missing")

    def __init__(self, row: _Row) -> None:
        self.number = row.number
        self.severity = row.severity
        self.title = row.title
        self.dead = row.dead
        self.unnecessary = row.unnecessary

    @property
    def slug(self) -> str:
        """The name as it is displayed: `unreachable-rule`."""
        return self.name.lower().replace("_", "-")
