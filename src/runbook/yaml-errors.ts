// The YAML parser's complaints in the words of somebody who edits a runbook.

export interface Complaint {
  readonly words: string;
  readonly hint: string;
}

/** By the parser's own codes; its sentence only says which bracket or quote is meant. An unknown code keeps its sentence. */
export function yamlProblem(code: string, message: string, what: string): Complaint {
  return (
    complaints[code]?.(what, message) ?? {
      words: `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      hint: 'put texts with special characters in single quotes',
    }
  );
}

const complaints: Readonly<Record<string, (what: string, message: string) => Complaint>> = {
  DUPLICATE_KEY: () => ({ words: 'the same key stands here a second time', hint: 'drop one of the two' }),
  TAB_AS_INDENT: () => ({ words: 'a tab is used as indentation', hint: 'YAML is indented with blanks only' }),
  MULTIPLE_DOCS: what => ({
    words: `a second document begins here`,
    hint: `write each ${what} into a file of its own, or drop the "---"`,
  }),
  BAD_DQ_ESCAPE: () => ({
    words: 'this is no escape sequence of a double-quoted text',
    hint: 'use single quotes, where a backslash is a backslash',
  }),
  TAG_RESOLVE_FAILED: () => ({
    words: 'tags (!…) have no meaning here',
    hint: 'quote the text if it shall begin with an exclamation mark',
  }),
  BAD_DIRECTIVE: () => ({ words: 'this directive is not known', hint: 'lines that begin with % can be dropped' }),
  BAD_SCALAR_START: () => ({
    words: 'a plain text cannot begin with this character',
    hint: 'put the text in single quotes',
  }),
  BLOCK_AS_IMPLICIT_KEY: () => ({
    words: 'a mapping cannot begin here',
    hint: 'a text that holds ": " must be quoted; a nested key belongs on a line of its own, indented',
  }),
  MULTILINE_IMPLICIT_KEY: () => ({
    words: 'a key must stand on one line',
    hint: 'is a colon missing, or the next line indented too far?',
  }),
  MISSING_CHAR: (_what, message) =>
    message.includes('quote')
      ? { words: 'a quoted text has no end', hint: 'add the closing quote' }
      : {
          words: 'something is missing here, perhaps a colon or a comma',
          hint: 'keys are followed by a colon and a blank',
        },
  BAD_INDENT: (_what, message) =>
    /end with a ([\]}])/.exec(message)
      ? {
          words: `a ${message.includes('map') ? 'mapping' : 'list'} that was opened has no end`,
          hint: `add the closing ${/end with a ([\]}])/.exec(message)?.[1] ?? 'bracket'}`,
        }
      : { words: 'the indentation does not fit', hint: 'keys of one mapping begin in the same column' },
  UNEXPECTED_TOKEN: (_what, message) =>
    message.includes('flow-map')
      ? { words: 'a brace does not belong here', hint: 'quote a text that holds braces' }
      : { words: 'this does not fit here', hint: 'look at the indentation of this line and of the one before' },
  IMPOSSIBLE: () => ({
    words: 'this cannot be read as YAML',
    hint: 'put texts with special characters in single quotes',
  }),
  KEY_OVER_1024_CHARS: () => ({ words: 'this key is too long', hint: 'is a colon in a text that should be quoted?' }),
  RESOURCE_EXHAUSTION: () => ({ words: 'the file is nested too deeply', hint: 'is it the right file?' }),
};
