package dev.belay.samples.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The model server's book: an append-only file of JSON lines, each on disk before the method that wrote it returns.
 *
 * <p>A call has a {@code received} line when it arrives and a {@code served} line when it is answered; a
 * {@code undelivered} line follows when the caller turns out to have gone after that. A request that was no call has one
 * {@code refused} line. Opening an existing file goes on where it ends; a last line cut off by a kill is left as it is.
 */
final class Ledger implements AutoCloseable {

    private final FileChannel file;
    private final Map<Long, LedgerCall> calls = new LinkedHashMap<>();
    private final Map<String, Long> callsByLabel = new HashMap<>();
    private final Map<String, Long> refusedByLabel = new HashMap<>();
    private final Set<Long> lost = new HashSet<>();
    private long lastSeq;

    private Ledger(FileChannel file) {
        this.file = file;
    }

    static Ledger open(Path path) {
        try {
            var before = Files.exists(path) ? Files.readString(path) : "";
            var file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            var ledger = new Ledger(file);
            before.lines().forEach(ledger::recall);
            ledger.calls.values().stream().filter(call -> !call.served()).forEach(call -> ledger.lost.add(call.seq()));
            if (!before.isEmpty() && !before.endsWith("\n")) {
                ledger.append("");
            }
            return ledger;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Ledger \"" + path + "\" cannot be opened. Name a file that can be written.", e);
        }
    }

    synchronized LedgerCall received(String label, String key, String model, String promptSha256, int promptTokens) {
        var call = new LedgerCall(
                lastSeq + 1,
                label,
                callsByLabel.getOrDefault(label, 0L) + 1,
                key,
                model,
                promptSha256,
                Instant.now().toString(),
                false,
                promptTokens,
                0,
                0,
                false);
        var line = line("received", call.seq())
                .put("time", call.receivedAt())
                .put("label", label)
                .put("call", call.call());
        if (!key.isEmpty()) {
            line.put("key", key);
        }
        append(line.put("model", model).put("promptSha256", promptSha256).put("promptTokens", promptTokens));
        remember(call);
        return call;
    }

    synchronized void served(LedgerCall call, int completionTokens, long ms, boolean delivered) {
        append(line("served", call.seq())
                .put("time", Instant.now().toString())
                .put("promptTokens", call.promptTokens())
                .put("completionTokens", completionTokens)
                .put("ms", ms)
                .put("delivered", delivered));
        calls.put(call.seq(), call.servedAs(completionTokens, ms, delivered));
    }

    synchronized void undelivered(LedgerCall call) {
        append(line("undelivered", call.seq()).put("time", Instant.now().toString()));
        forgetDelivery(call.seq());
    }

    synchronized void refused(String label, String key, int status, String code) {
        var line = line("refused", lastSeq + 1)
                .put("time", Instant.now().toString())
                .put("label", label);
        if (!key.isEmpty()) {
            line.put("key", key);
        }
        append(line.put("status", status).put("code", code));
        lastSeq++;
        refusedByLabel.merge(label, 1L, Long::sum);
    }

    /** How many calls of this label arrived so far. */
    synchronized long callsOf(String label) {
        return callsByLabel.getOrDefault(label, 0L);
    }

    synchronized List<LedgerCall> calls(Optional<String> label) {
        return calls.values().stream()
                .filter(call -> label.isEmpty() || label.get().equals(call.label()))
                .toList();
    }

    synchronized LedgerTotals totals(Optional<String> label) {
        var chosen = calls(label);
        var served = chosen.stream().filter(LedgerCall::served).toList();
        var gone = chosen.stream().filter(call -> lost.contains(call.seq())).count();
        var promptTokens = served.stream().mapToLong(LedgerCall::promptTokens).sum();
        var completionTokens =
                served.stream().mapToLong(LedgerCall::completionTokens).sum();
        var refused = refusedByLabel.entrySet().stream()
                .filter(entry -> label.isEmpty() || label.get().equals(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        var timesByKey = new LinkedHashMap<String, Integer>();
        for (var call : chosen) {
            if (!call.key().isEmpty()) {
                timesByKey.merge(call.key(), 1, Integer::sum);
            }
        }
        var repeated = new ArrayList<String>();
        timesByKey.forEach((key, times) -> {
            if (times > 1) {
                repeated.add(key);
            }
        });
        return new LedgerTotals(
                chosen.size(),
                served.size(),
                chosen.size() - served.size() - gone,
                gone,
                served.stream().filter(call -> !call.delivered()).count(),
                refused,
                promptTokens,
                completionTokens,
                promptTokens + completionTokens,
                timesByKey.size(),
                repeated);
    }

    @Override
    public synchronized void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode line(String event, long seq) {
        return Json.object().put("event", event).put("seq", seq);
    }

    private void append(ObjectNode line) {
        append(Json.write(line));
    }

    private void append(String line) {
        try {
            var bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException("The ledger cannot be written, so no call is served.", e);
        }
    }

    private void remember(LedgerCall call) {
        calls.put(call.seq(), call);
        callsByLabel.merge(call.label(), 1L, Long::sum);
        lastSeq = Math.max(lastSeq, call.seq());
    }

    private void forgetDelivery(long seq) {
        calls.computeIfPresent(seq, (number, served) -> served.servedAs(served.completionTokens(), served.ms(), false));
    }

    private void recall(String text) {
        JsonNode line;
        try {
            line = Json.read(text);
        } catch (JacksonException e) {
            // Only a line cut off by a kill is no JSON; what it would have said was never promised to anyone.
            return;
        }
        var seq = line.path("seq").asLong(0);
        var label = line.path("label").asString("");
        switch (line.path("event").asString("")) {
            case "received" ->
                remember(new LedgerCall(
                        seq,
                        label,
                        line.path("call").asLong(),
                        line.path("key").asString(""),
                        line.path("model").asString(""),
                        line.path("promptSha256").asString(""),
                        line.path("time").asString(""),
                        false,
                        line.path("promptTokens").asInt(),
                        0,
                        0,
                        false));
            case "served" ->
                calls.computeIfPresent(
                        seq,
                        (number, call) -> call.servedAs(
                                line.path("completionTokens").asInt(),
                                line.path("ms").asLong(),
                                line.path("delivered").asBoolean()));
            case "undelivered" -> forgetDelivery(seq);
            case "refused" -> {
                lastSeq = Math.max(lastSeq, seq);
                refusedByLabel.merge(label, 1L, Long::sum);
            }
            default -> {
                // A newer server may write events this one does not know; they change none of our totals.
            }
        }
    }
}
