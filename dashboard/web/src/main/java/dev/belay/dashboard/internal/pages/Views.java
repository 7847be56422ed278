package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.store.SavedView;
import dev.belay.dashboard.internal.store.ViewTable;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;

/** Lists kept under a name: for oneself, or, by those who may, for everybody. */
public final class Views implements Section {
    private static final String PAGE = "sagas";
    private static final int MOST = 200;
    private static final int LONGEST_NAME = 80;
    private static final Access ACCESS = Access.of(Permission.SAGA_VIEW);
    /** What a view is made of, beside its list. */
    public static final List<Route.Parameter> FORM = List.of(
            Route.must("name", "string", "What it is called, at most " + LONGEST_NAME + " characters."),
            Route.may("shared", "boolean", "Whether everybody has it; needs settings.write."));

    private final ViewTable table;

    /** For one dashboard. */
    public Views(Parts parts) {
        this.table = new ViewTable(
                new Database(parts.settings().dataSource(), parts.settings().schema()));
    }

    /** What the page of views shows. */
    public record Model(List<Row> views) {}

    /** A view, and whether whoever looks may change it. */
    public record Row(SavedView view, String path, boolean mayChange) {}

    /** What the form for a new view shows. */
    public record NewView(ListAddress address, boolean mayShare) {}

    /** Those that {@code who} has. */
    public List<SavedView> of(Principal who) {
        return table.of(PAGE, who.name());
    }

    /** The list itself. */
    public static String path(SavedView view) {
        return view.query().isEmpty() ? "/sagas" : "/sagas?" + view.query();
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get("/views", ACCESS, "The lists kept under a name.", List.of(), this::show),
                Route.get(
                        "/views/new",
                        ACCESS,
                        "The form that keeps a list under a name.",
                        List.of(
                                Route.may("q", "string", "The query."),
                                Route.may("cols", "string", "The columns' names.")),
                        this::ask),
                Route.post("/views/new", ACCESS, "Keeps a list under a name.", FORM, call -> answer(add(call))),
                Route.get("/views/{id}/change", ACCESS, "The form that renames a view.", List.of(), this::askChange),
                Route.post(
                        "/views/{id}/change",
                        ACCESS,
                        "Renames a view, and shares it or not.",
                        FORM,
                        call -> answer(change(call))),
                Route.get("/views/{id}/delete", ACCESS, "Asks whether to delete a view.", List.of(), this::askDelete),
                Route.post("/views/{id}/delete", ACCESS, "Deletes a view.", List.of(), call -> answer(delete(call))));
    }

    private Answer show(Call call) {
        return Answer.page(
                "views",
                new Model(of(call.principal()).stream()
                        .map(view -> row(call, view))
                        .toList()));
    }

    private static Row row(Call call, SavedView view) {
        return new Row(view, path(view), mayChange(call.principal(), view));
    }

    /** Whoever may share views may change those that are shared: their owner may have left. */
    private static boolean mayChange(Principal who, SavedView view) {
        return view.shared() ? who.may(Permission.SETTINGS_WRITE) : view.owner().equals(who.name());
    }

    private Answer ask(Call call) {
        return Answer.page(
                "view-new", new NewView(ListAddress.of(call), call.principal().may(Permission.SETTINGS_WRITE)));
    }

    private static Answer answer(Decision.Done done) {
        return Answer.done(done.path(), done.words(), "/views");
    }

    /** Keeps the list that the call describes. */
    public Decision.Done add(Call call) {
        String name = name(call);
        boolean shared = call.flag("shared");
        if (shared) {
            call.demand(Permission.SETTINGS_WRITE);
        }
        ListAddress address = ListAddress.of(call);
        tell(
                table.add(
                        new SavedView(
                                call.requestId(),
                                PAGE,
                                name,
                                address.search(),
                                call.principal().name(),
                                shared),
                        MOST),
                name);
        return new Decision.Done(
                Optional.empty(),
                "The view \"" + name + "\" is kept" + (shared ? " for everybody." : " for you."),
                address.path());
    }

    private Answer askChange(Call call) {
        return Answer.page("view-change", row(call, changeable(call)));
    }

    /** Renames the view that the path names, and shares it or not. */
    public Decision.Done change(Call call) {
        SavedView view = changeable(call);
        String name = name(call);
        boolean shared = call.flag("shared");
        if (shared) {
            call.demand(Permission.SETTINGS_WRITE);
        }
        tell(table.change(view, name, shared), name);
        return new Decision.Done(Optional.empty(), "The view \"" + name + "\" is changed.", "/views");
    }

    private Answer askDelete(Call call) {
        return Answer.page("view-delete", row(call, changeable(call)));
    }

    /** Deletes the view that the path names. */
    public Decision.Done delete(Call call) {
        SavedView view = changeable(call);
        table.delete(view.id());
        return new Decision.Done(Optional.empty(), "The view \"" + view.name() + "\" is deleted.", "/views");
    }

    private SavedView changeable(Call call) {
        SavedView view = table.find(call.id("id"), call.principal().name())
                .orElseThrow(() -> Refused.notFound("There is no such view. It may have been deleted."));
        if (view.shared()) {
            call.demand(Permission.SETTINGS_WRITE);
        }
        return view;
    }

    private static String name(Call call) {
        String name = call.need("name").strip();
        if (name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw Refused.unprocessable("A view's name is one line of at most " + LONGEST_NAME + " characters.");
        }
        return name;
    }

    private static void tell(ViewTable.Kept kept, String name) {
        switch (kept) {
            case YES -> {}
            case NAME_IS_TAKEN ->
                throw new Refused(409, "You have a view called \"" + name + "\" already. Choose another name.");
            case TOO_MANY ->
                throw new Refused(
                        409, "You have " + MOST + " views, as many as one may have. Delete one you no longer need.");
        }
    }
}
