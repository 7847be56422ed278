package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All that makes a list of sagas what it is, as its address has it. Immutable.
 *
 * @param query the text of its query
 * @param columns what it says of each saga
 */
public record ListAddress(String query, List<Column> columns) {
    private static final String LIST = "/sagas";

    /** Keeps its own list. */
    public ListAddress {
        columns = List.copyOf(columns);
    }

    /** The list that a call asks for. */
    static ListAddress of(Call call) {
        List<Column> ticked = Column.of(call.all("col"));
        return new ListAddress(
                call.text("q").map(String::strip).orElse(""),
                call.all("col").isEmpty() ? call.text("cols").map(Column::read).orElse(Column.usual()) : ticked);
    }

    /** The path of the list of a query. */
    public static String path(String query) {
        return new ListAddress(query, Column.usual()).path();
    }

    /** Its path. */
    public String path() {
        return search().isEmpty() ? LIST : LIST + "?" + search();
    }

    /** The same with another query. */
    public ListAddress asking(String text) {
        return new ListAddress(text, columns);
    }

    /** The path of what follows. */
    public String after(String next) {
        return path() + (search().isEmpty() ? "?" : "&") + "after=" + Frame.encoded(next);
    }

    /** The path of the same sagas as a file. */
    public String export(String kind) {
        return LIST + "/export." + kind + (query.isEmpty() ? "" : "?q=" + Frame.encoded(query));
    }

    /** The names of its columns, if they are not the usual ones. */
    public String cols() {
        return columns.equals(Column.usual())
                ? ""
                : columns.stream().map(Column::word).collect(Collectors.joining(","));
    }

    /** What stands behind the question mark: the same for the same list. */
    String search() {
        String q = query.isEmpty() ? "" : "q=" + Frame.encoded(query);
        String cols = cols().isEmpty() ? "" : "cols=" + Frame.encoded(cols());
        return q + (q.isEmpty() || cols.isEmpty() ? "" : "&") + cols;
    }
}
