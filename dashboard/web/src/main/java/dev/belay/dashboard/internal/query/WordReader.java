package dev.belay.dashboard.internal.query;

import java.util.ArrayList;
import java.util.List;

/** Takes one piece of a query apart. */
final class WordReader {
    private static final String QUOTE_IT = "To look for the text itself, put it in quotes.";

    private final String raw;
    private int at;

    private WordReader(String raw) {
        this.raw = raw;
    }

    static Word read(String raw) throws BadTerm {
        return new WordReader(raw).word();
    }

    private Word word() throws BadTerm {
        boolean negated = is('-');
        if (negated) {
            at++;
            if (at == raw.length()) {
                throw new BadTerm("A minus stands alone.", "Write it right before what you do not want, or in quotes.");
            }
        }
        List<String> key = key();
        Op op = key.isEmpty() ? Op.IS : op();
        return new Word(negated, key, op, values(key));
    }

    /** The key's parts; none, and back where it began, if no sign follows that makes it a key. */
    private List<String> key() throws BadTerm {
        int start = at;
        List<String> parts = new ArrayList<>();
        boolean emptyPart = false;
        while (true) {
            if (is('"') && !parts.isEmpty()) {
                parts.add(quoted());
            } else {
                String bare = bare("\",.:<>");
                emptyPart |= bare.isEmpty();
                parts.add(bare);
            }
            if (is('.')) {
                at++;
            } else if (is(':') || is('<') || is('>')) {
                break;
            } else {
                at = start;
                return List.of();
            }
        }
        if (parts.get(0).isEmpty()) {
            throw new BadTerm("No key stands before \"" + raw.charAt(at) + "\".", QUOTE_IT);
        }
        if (emptyPart) {
            throw new BadTerm("The path has an empty part.", "Write \"\" for a name that is empty.");
        }
        return parts;
    }

    private Op op() {
        char sign = raw.charAt(at++);
        if (sign == ':') {
            return Op.IS;
        }
        boolean orEqual = is('=');
        if (orEqual) {
            at++;
        }
        return sign == '<' ? (orEqual ? Op.AT_MOST : Op.LESS) : orEqual ? Op.AT_LEAST : Op.MORE;
    }

    private List<Word.Value> values(List<String> key) throws BadTerm {
        List<Word.Value> values = new ArrayList<>();
        while (true) {
            values.add(is('"') ? new Word.Value(quoted(), true) : new Word.Value(bareValue(key), false));
            if (at == raw.length()) {
                return values;
            }
            if (!is(',')) {
                throw new BadTerm(
                        "Something follows a closing quote.",
                        "Put a space or a comma there, or write \\\" for a quote within.");
            }
            at++;
        }
    }

    private String bareValue(List<String> key) throws BadTerm {
        String value = bare("\",");
        if (is('"')) {
            throw new BadTerm(
                    "A quote stands within a word.", "Put all of it in quotes, and write \\\" for the quote within.");
        }
        if (value.isEmpty()) {
            throw new BadTerm(
                    key.isEmpty() || at < raw.length() || raw.endsWith(",")
                            ? "A value beside a comma is missing."
                            : "No value follows.",
                    "Write one, or put the text in quotes.");
        }
        if (key.isEmpty() && (value.indexOf(':') >= 0 || value.indexOf('<') >= 0 || value.indexOf('>') >= 0)) {
            throw new BadTerm("A key stands behind a comma.", "Put a space there, or all of it in quotes.");
        }
        return value;
    }

    private String bare(String ends) {
        int start = at;
        while (at < raw.length() && ends.indexOf(raw.charAt(at)) < 0) {
            at++;
        }
        return raw.substring(start, at);
    }

    private String quoted() throws BadTerm {
        StringBuilder text = new StringBuilder();
        for (at++; at < raw.length(); at++) {
            if (is('"')) {
                at++;
                return text.toString();
            }
            if (Piece.isEscape(raw, at)) {
                at++;
            }
            text.append(raw.charAt(at));
        }
        throw new BadTerm("A quote is not closed.", "Close it by another, or write \\\" for a quote within quotes.");
    }

    private boolean is(char c) {
        return at < raw.length() && raw.charAt(at) == c;
    }
}
