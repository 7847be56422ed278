package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.may;

import dev.belay.Deployment;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.AuditPage;
import dev.belay.dashboard.internal.pages.Decision;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.SettingsPage;
import dev.belay.dashboard.internal.pages.Views;
import dev.belay.dashboard.internal.store.SavedView;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.Page;
import dev.belay.inspect.SchemaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/** Who decided what, lists kept under a name, and how the dashboard is set up. */
final class OfficeApi {
    private static final int MOST_ENTRIES = 500;

    private final Parts parts;
    private final Views views;
    private final SettingsPage settings;
    private final Once once;

    OfficeApi(Parts parts, Once once) {
        this.parts = parts;
        this.views = new Views(parts);
        this.settings = new SettingsPage(parts);
        this.once = once;
    }

    /** Something that was decided; see {@link AuditEntry}. */
    record AuditJson(
            String id,
            Instant at,
            String actor,
            String action,
            String reason,
            Optional<UUID> saga,
            Optional<String> definition,
            Optional<String> about,
            Optional<String> name,
            OptionalInt seq,
            Optional<String> step,
            String before,
            String after) {
        static AuditJson of(AuditEntry entry) {
            return new AuditJson(
                    Long.toString(entry.id()),
                    entry.at(),
                    entry.actor(),
                    entry.action(),
                    entry.reason(),
                    entry.saga(),
                    entry.definition(),
                    entry.about(),
                    entry.name(),
                    entry.seq(),
                    entry.step(),
                    entry.before(),
                    entry.after());
        }
    }

    /**
     * A list kept under a name.
     *
     * @param path where it is: a path of the dashboard
     */
    record ViewJson(UUID id, String name, String path, String owner, boolean shared) {
        static ViewJson of(SavedView view) {
            return new ViewJson(view.id(), view.name(), Views.path(view), view.owner(), view.shared());
        }
    }

    /**
     * Of what versions everything is.
     *
     * @param lacking what open sagas need of the code behind this dashboard, and it lacks
     */
    record SettingsJson(String version, String java, SchemaStatus schema, List<Deployment.Version> lacking) {
        static SettingsJson of(SettingsPage.Model model) {
            return new SettingsJson(model.version(), model.java(), model.schema(), model.lacking());
        }
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                        "/api/audit",
                        Permission.AUDIT_READ,
                        "Who decided what, when and why, the newest first.",
                        Shape.pageOf(AuditJson.class),
                        Stream.concat(AuditPage.PARAMETERS.stream(), Stream.of(Paging.size(100, MOST_ENTRIES)))
                                .toList(),
                        this::audit),
                Endpoint.get(
                        "/api/views",
                        Permission.SAGA_VIEW,
                        "The lists kept under a name: one's own, and those shared with everybody.",
                        Shape.pageOf(ViewJson.class),
                        List.of(),
                        call -> Paging.whole(views.of(call.principal()).stream().map(ViewJson::of))),
                Endpoint.post(
                        "/api/views",
                        Permission.SAGA_VIEW,
                        "Keeps a list under a name. Its id is that of the request.",
                        Shape.of(Decided.class),
                        Stream.concat(
                                        Views.FORM.stream(),
                                        Stream.of(
                                                may("q", "string", "The query."),
                                                may("cols", "string", "The columns' names, separated by commas.")))
                                .toList(),
                        call -> once.decided(call, () -> views.add(call))),
                view("change", "Renames a view, and shares it or not.", Views.FORM, views::change),
                view("delete", "Deletes a view.", List.of(), views::delete),
                Endpoint.get(
                        "/api/settings",
                        Permission.SAGA_VIEW,
                        "Of what versions everything is.",
                        Shape.of(SettingsJson.class),
                        List.of(),
                        call -> SettingsJson.of(settings.model(call))));
    }

    private Endpoint view(
            String word, String summary, List<Route.Parameter> parameters, Function<Call, Decision.Done> act) {
        return Endpoint.post(
                "/api/views/{id}/" + word,
                Permission.SAGA_VIEW,
                summary,
                Shape.of(Decided.class),
                parameters,
                call -> once.decided(call, () -> act.apply(call)));
    }

    private Page<AuditJson> audit(Call call) {
        Page<AuditEntry> page = parts.inspector(call)
                .audit(AuditPage.filter(call), call.text("after"), call.number("size", 100, 1, MOST_ENTRIES));
        return new Page<>(page.items().stream().map(AuditJson::of).toList(), page.next(), page.searchedBackTo());
    }
}
