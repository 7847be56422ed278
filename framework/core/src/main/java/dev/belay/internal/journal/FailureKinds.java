package dev.belay.internal.journal;

import dev.belay.Failure;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table {@code failure_kind}: what every kind of failure says, so that counts can be shown with words. A process remembers
 * what it has noted lately, and so writes once for a thousand failures of a kind. Thread-safe.
 *
 * <p>Whoever may see a definition is shown them, so nothing is kept of a message but what all of a kind have in common: the rest
 * belongs to one saga, and maybe to another tenant's.
 */
public final class FailureKinds {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MOST_REMEMBERED = 2_000;
    private static final int LONGEST_MESSAGE = 500;
    /** What was noted in a transaction that came to nothing is noted again. */
    private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Schema schema;
    private final Map<String, Long> noted = new LinkedHashMap<>();

    /** The table in {@code schema}. */
    public FailureKinds(Schema schema) {
        this.schema = schema;
    }

    /** A kind of failure, and what messages of it have in common. */
    public record Sample(String fingerprint, String type, String message) {}

    /** The failure that a row holds, if it is the first of its kind that this process sees in a while; counts as noted from now on. */
    public @Nullable Sample ifNew(JournalRow row) {
        String error = row.error();
        String fingerprint = Failures.fingerprint(error);
        if (error == null || fingerprint == null || !note(fingerprint)) {
            return null;
        }
        JsonNode failure = JSON.readTree(error);
        String type = failure.path("type").asString();
        String gist = new Failure("", type, failure.path("message").asString(), "").gist();
        return new Sample(fingerprint, type, cut(gist));
    }

    /** A pair of surrogates is not cut in two: the database would not take half of it. */
    private static String cut(String message) {
        if (message.length() <= LONGEST_MESSAGE) {
            return message;
        }
        int end =
                Character.isHighSurrogate(message.charAt(LONGEST_MESSAGE - 1)) ? LONGEST_MESSAGE - 1 : LONGEST_MESSAGE;
        return message.substring(0, end);
    }

    private synchronized boolean note(String fingerprint) {
        long now = System.nanoTime();
        Long before = noted.get(fingerprint);
        if (before != null && now - before < REMEMBERED_NANOS) {
            return false;
        }
        noted.remove(fingerprint);
        noted.put(fingerprint, now);
        if (noted.size() > MOST_REMEMBERED) {
            Iterator<String> eldest = noted.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        return true;
    }

    /** Forgets that samples were noted: they could not be written. */
    public synchronized void forget(Collection<Sample> samples) {
        samples.forEach(sample -> noted.remove(sample.fingerprint()));
    }

    /**
     * Writes samples of kinds that have none. Waits for whoever is writing the same kind, so always in the same order, and in a
     * transaction of its own: whoever waits must hold up nobody else.
     */
    public void add(Connection connection, Collection<Sample> samples) throws SQLException {
        Map<String, Sample> sorted = new TreeMap<>();
        samples.forEach(sample -> sorted.put(sample.fingerprint(), sample));
        List<Sample> all = List.copyOf(sorted.values());
        try (PreparedStatement insert = connection.prepareStatement(schema.sql("""
                insert into belay.failure_kind (fingerprint, type, message, first_seen)
                select fingerprint, type, message, belay.now()
                  from unnest(?, ?, ?) with ordinality as s(fingerprint, type, message, place)
                 order by place
                on conflict (fingerprint) do nothing"""))) {
            insert.setArray(
                    1, texts(connection, all.stream().map(Sample::fingerprint).toArray()));
            insert.setArray(2, texts(connection, all.stream().map(Sample::type).toArray()));
            insert.setArray(
                    3, texts(connection, all.stream().map(Sample::message).toArray()));
            insert.executeUpdate();
        }
    }

    private static Array texts(Connection connection, Object[] values) throws SQLException {
        return connection.createArrayOf("text", values);
    }
}
