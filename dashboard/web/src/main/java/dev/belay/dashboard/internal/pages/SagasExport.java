package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Page;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sagas as a file: what a list says of them, never their payloads. Read and written page by page, so that nothing grows with the file.
 */
final class SagasExport {
    /** How many sagas a file has at most. */
    static final int MOST = 10_000;

    private static final int PAGE = 500;
    private static final int MOST_PAGES = 200;
    private static final List<String> COLUMNS = List.of(
            "id",
            "type",
            "version",
            "key",
            "tenant",
            "status",
            "cause",
            "paused",
            "step",
            "attempts_failed",
            "awaits",
            "error_step",
            "error_type",
            "error",
            "fingerprint",
            "residue",
            "past_pivot",
            "started",
            "ended",
            "deadline",
            "parent");

    private SagasExport() {}

    /** The file of what {@code filter} means; {@code kind} is {@code csv} or {@code json}. */
    static Answer of(Inspector inspector, SagaFilter filter, String kind) {
        // Read before anything is sent, so that what is refused is still told in words.
        Page<SagaSummary> first = inspector.sagas(filter, Optional.empty(), PAGE);
        return kind.equals("csv")
                ? new Answer.Download("sagas.csv", "text/csv", out -> csv(out, new Pages(inspector, filter, first)))
                : new Answer.Download(
                        "sagas.json", "application/json", out -> json(out, new Pages(inspector, filter, first)));
    }

    /** Page after page, until there are no more or there were enough. */
    private static final class Pages {
        private final Inspector inspector;
        private final SagaFilter filter;
        private Page<SagaSummary> page;
        private int rows;
        private int looked = 1;

        Pages(Inspector inspector, SagaFilter filter, Page<SagaSummary> first) {
            this.inspector = inspector;
            this.filter = filter;
            this.page = first;
        }

        List<SagaSummary> rows() {
            List<SagaSummary> rest = page.items().stream().limit(MOST - rows).toList();
            rows += rest.size();
            return rest;
        }

        boolean next() {
            if (page.next().isEmpty() || rows >= MOST || looked >= MOST_PAGES) {
                return false;
            }
            page = inspector.sagas(filter, page.next(), PAGE);
            looked++;
            return true;
        }

        boolean isCut() {
            return page.next().isPresent();
        }
    }

    private static void csv(OutputStream out, Pages pages) throws IOException {
        line(out, COLUMNS.stream());
        do {
            for (SagaSummary saga : pages.rows()) {
                Map<String, Object> row = row(saga);
                line(out, COLUMNS.stream().map(name -> String.valueOf(row.getOrDefault(name, ""))));
            }
        } while (pages.next());
        if (pages.isCut()) {
            line(out, Stream.of("There are more sagas: a file has at most " + MOST + ". Ask for less at once."));
        }
    }

    private static void line(OutputStream out, Stream<String> cells) throws IOException {
        String line = cells.map(SagasExport::cell).collect(Collectors.joining(",")) + "\r\n";
        out.write(line.getBytes(StandardCharsets.UTF_8));
    }

    /** A text that no spreadsheet takes for a formula, nor for two cells. */
    static String cell(String text) {
        String harmless = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean quoted = harmless.chars().anyMatch(c -> c == ',' || c == '"' || c == ';' || c < ' ');
        return quoted ? '"' + harmless.replace("\"", "\"\"") + '"' : harmless;
    }

    private static void json(OutputStream out, Pages pages) throws IOException {
        write(out, "{\"sagas\":[");
        boolean first = true;
        do {
            for (SagaSummary saga : pages.rows()) {
                write(out, first ? "\n" : ",\n");
                out.write(Json.bytes(row(saga)));
                first = false;
            }
        } while (pages.next());
        write(out, "\n],\"most\":" + MOST + ",\"more\":" + pages.isCut() + "}\n");
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> row(SagaSummary saga) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", saga.id().toString());
        row.put("type", saga.definition());
        row.put("version", saga.version());
        saga.key().ifPresent(key -> row.put("key", key));
        saga.tenant().ifPresent(tenant -> row.put("tenant", tenant));
        row.put("status", saga.state().name());
        saga.cause().ifPresent(cause -> row.put("cause", cause.name()));
        row.put("paused", saga.paused());
        saga.at().ifPresent(at -> {
            row.put("step", at.step());
            row.put("attempts_failed", at.failures());
            at.awaits().ifPresent(awaits -> row.put("awaits", awaits));
        });
        saga.failure().ifPresent(failure -> {
            row.put("error_step", failure.step());
            row.put("error_type", failure.type());
            row.put("error", failure.message());
            row.put("fingerprint", failure.fingerprint());
        });
        row.put("residue", saga.residue());
        row.put("past_pivot", saga.pivotPassed());
        row.put("started", Words.iso(saga.startedAt()));
        saga.endedAt().ifPresent(ended -> row.put("ended", Words.iso(ended)));
        saga.deadline().ifPresent(deadline -> row.put("deadline", Words.iso(deadline)));
        saga.parent().ifPresent(parent -> row.put("parent", parent.toString()));
        return row;
    }
}
