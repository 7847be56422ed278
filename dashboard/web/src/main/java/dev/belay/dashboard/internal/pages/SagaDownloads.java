package dev.belay.dashboard.internal.pages;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import dev.belay.inspect.PlannedStep;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.StoredValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A saga as files: its journal, and everything that a replay of it needs. Read and sent piece by piece. */
final class SagaDownloads implements Section {
    private final Parts parts;

    SagaDownloads(Parts parts) {
        this.parts = parts;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/sagas/{id}/journal.json",
                        Access.of(Permission.PAYLOAD_READ),
                        "The whole journal of a saga, with payloads, as a file.",
                        List.of(),
                        call -> file(call, false)),
                Route.get(
                        "/sagas/{id}/bundle.json",
                        Access.of(Permission.PAYLOAD_READ),
                        "A saga with its plan, input, output and journal, as a file.",
                        List.of(),
                        call -> file(call, true)));
    }

    private Answer file(Call call, boolean whole) {
        SagaDetail detail = parts.decisions().situation(call).detail();
        UUID id = detail.view().id();
        parts.looks().always(call, id, whole ? "all of it, as a file" : "its journal, as a file");
        Inspector inspector = parts.inspector(call);
        return new Answer.Download(
                "saga-" + id + (whole ? "-bundle.json" : "-journal.json"), "application/json", out -> {
                    if (whole) {
                        byte[] head = Json.bytes(saga(detail));
                        // All but the brace at its end: the journal is one more field.
                        out.write(head, 0, head.length - 1);
                        write(out, ",\"journal\":");
                    }
                    journal(inspector, id, out);
                    write(out, whole ? "}\n" : "\n");
                });
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private void journal(Inspector inspector, UUID id, OutputStream out) throws IOException {
        write(out, "[");
        Optional<String> after = Optional.empty();
        boolean first = true;
        do {
            Page<JournalEntry> page = inspector.journal(id, JournalFilter.all(), after, Situation.PAYLOADS_AT_ONCE);
            for (JournalEntry row : page.items()) {
                write(out, first ? "\n" : ",\n");
                out.write(Json.bytes(row(row)));
                first = false;
            }
            after = page.next();
        } while (after.isPresent());
        write(out, "\n]");
    }

    private Map<String, Object> row(JournalEntry row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("at", row.at().toString());
        fields.put("kind", row.kind().name());
        fields.put("outcome", row.outcome().name());
        fields.put("undoing", row.undoing());
        fields.put("branch", row.branch());
        fields.put("seq", row.seq());
        fields.put("run", row.run());
        fields.put("n", row.n());
        fields.put("item", row.item());
        fields.put("step", row.step());
        row.activity().ifPresent(name -> fields.put("name", name));
        row.took().ifPresent(took -> fields.put("took", took.toString()));
        row.worker().ifPresent(worker -> fields.put("worker", worker));
        row.spend().ifPresent(spend -> fields.put("spend", spend));
        row.input().ifPresent(json -> fields.put("input", value(json)));
        row.output().ifPresent(json -> fields.put("output", value(json)));
        row.failure().ifPresent(failure -> fields.put("failure", failure(failure)));
        CalledWords.shown(row, true, parts.redaction()).ifPresent(called -> fields.put("called", called));
        return fields;
    }

    private Object value(String json) {
        String shown = parts.redaction().whole(json);
        try {
            return Json.read(shown, "A value");
        } catch (Refused e) {
            return shown;
        }
    }

    private static Map<String, Object> failure(Failure failure) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("step", failure.step());
        fields.put("type", failure.type());
        fields.put("message", failure.message());
        fields.put("stack", failure.stack());
        return fields;
    }

    private Map<String, Object> saga(SagaDetail detail) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", detail.view().id().toString());
        fields.put("definition", detail.view().definition());
        fields.put("version", detail.view().definitionVersion());
        fields.put("state", detail.view().state().name());
        fields.put("queue", detail.queue());
        fields.put("startedAt", detail.view().startedAt().toString());
        detail.view().endedAt().ifPresent(at -> fields.put("endedAt", at.toString()));
        detail.view().deadline().ifPresent(at -> fields.put("deadline", at.toString()));
        detail.summary().key().ifPresent(key -> fields.put("key", key));
        detail.summary().tenant().ifPresent(tenant -> fields.put("tenant", tenant));
        detail.view().parent().ifPresent(parent -> fields.put("parent", parent.toString()));
        detail.view().cause().ifPresent(cause -> fields.put("cause", cause.name()));
        detail.view().failure().ifPresent(failure -> fields.put("failure", failure(failure)));
        fields.put("paused", detail.view().paused());
        fields.put("pivotPassed", detail.view().pivotPassed());
        fields.put("residue", detail.view().residue());
        detail.input().ifPresent(value -> fields.put("input", stored(value)));
        detail.output().ifPresent(value -> fields.put("output", stored(value)));
        fields.put("plan", detail.plan().stream().map(SagaDownloads::step).toList());
        return fields;
    }

    private Map<String, Object> stored(StoredValue value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", value.type());
        fields.put("value", value(value.json()));
        return fields;
    }

    private static Map<String, Object> step(PlannedStep step) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", step.name());
        fields.put("line", step.line());
        fields.put("kind", step.kind().name());
        fields.put("form", step.form());
        fields.put("routed", step.routed());
        fields.put("transactional", step.transactional());
        fields.put("undo", step.undo());
        fields.put("savepoint", step.savepoint());
        fields.put("input", step.input().type());
        fields.put("output", step.output().type());
        fields.put("begins", step.begins());
        return fields;
    }
}
