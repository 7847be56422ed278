package dev.belay.internal.worker;

import dev.belay.agent.Message;
import dev.belay.internal.journal.JournalRow;
import java.util.List;

/** Conversations for whoever reads them. */
public final class Conversations {
    private Conversations() {}

    /** The messages that the rows of a branch hold or refer to, the oldest first, without parameters of requests. */
    public static List<Message> told(String name, List<JournalRow> rows) {
        ConversationLog log = ConversationLog.of(name, rows);
        return java.util.stream.IntStream.range(0, log.next())
                .mapToObj(log::message)
                .flatMap(java.util.Optional::stream)
                .filter(message -> !message.role().equals(ConversationLog.PARAMETERS))
                .toList();
    }
}
