package dev.belay.dashboard.internal.api;

import dev.belay.JournalEntry;
import dev.belay.dashboard.internal.pages.CalledWords;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A row of the journal; see {@link JournalEntry}. */
record JournalRowJson(
        JournalEntry.Kind kind,
        JournalEntry.Result outcome,
        boolean undoing,
        int branch,
        int seq,
        int run,
        int n,
        int item,
        String step,
        Optional<String> activity,
        Instant at,
        Optional<Duration> took,
        Optional<JsonNode> input,
        Optional<JsonNode> output,
        Optional<FailureJson> failure,
        Optional<String> worker,
        Optional<BigDecimal> spend,
        Optional<JsonNode> called) {

    static JournalRowJson of(JournalEntry row, Payloads payloads) {
        return new JournalRowJson(
                row.kind(),
                row.outcome(),
                row.undoing(),
                row.branch(),
                row.seq(),
                row.run(),
                row.n(),
                row.item(),
                row.step(),
                row.activity(),
                row.at(),
                row.took(),
                payloads.of(row.input()),
                payloads.of(row.output()),
                row.failure().map(failure -> FailureJson.of(failure, payloads.shown())),
                row.worker().map(worker -> Long.toString(worker)),
                row.spend(),
                CalledWords.shown(row, payloads.shown(), payloads.redaction()));
    }
}
