package dev.belay.dashboard.internal.pages;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a list of sagas can say of each, beside its id. */
public enum Column {
    /** The definition. */
    TYPE("Type"),
    /** Its state. */
    STATUS("Status"),
    /** Where an open saga stands. */
    STANDS("Stands at"),
    /** What went wrong. */
    FAILURE("Failure"),
    /** When it was started. */
    STARTED("Started"),
    /** How long it took, or has taken. */
    TOOK("Took"),
    /** When it ended. */
    ENDED("Ended"),
    /** When its time is over. */
    DEADLINE("Deadline"),
    /** Why it was turned. */
    CAUSE("Cause"),
    /** How many attempts of its present step have failed. */
    FAILURES("Failed attempts"),
    /** Whom it was started for. */
    TENANT("Tenant"),
    /** The version of its definition. */
    VERSION("Version"),
    /** The saga that started it. */
    PARENT("Parent");

    private static final List<Column> USUAL = List.of(TYPE, STATUS, STANDS, FAILURE, STARTED, TOOK);

    private final String title;

    Column(String title) {
        this.title = title;
    }

    /** What stands above it. */
    public String title() {
        return title;
    }

    /** Its name in addresses. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Those a list has unless it is asked for others. */
    public static List<Column> usual() {
        return USUAL;
    }

    /** Those of the given names, in the order of this list; names that are none are passed over. */
    static List<Column> of(List<String> words) {
        Set<Column> chosen = EnumSet.noneOf(Column.class);
        for (Column column : values()) {
            if (words.contains(column.word())) {
                chosen.add(column);
            }
        }
        return chosen.isEmpty() ? USUAL : List.copyOf(chosen);
    }

    static List<Column> read(String words) {
        return of(Arrays.asList(words.split(",", -1)));
    }
}
