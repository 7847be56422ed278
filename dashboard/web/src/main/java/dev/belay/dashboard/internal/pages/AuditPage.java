package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.Page;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/** Who decided what, when and why. */
public final class AuditPage implements Section {
    private static final int ROWS = 100;

    /** What can be asked for. */
    public static final List<Route.Parameter> PARAMETERS = List.of(
            Route.may("saga", "uuid", "only about this saga"),
            Route.may("actor", "string", "only by this person"),
            Route.may("action", "string", "only this action"),
            Route.may("from", "string", "from this day on, like 2026-11-20, in UTC"),
            Route.may("to", "string", "up to this day, included"),
            Route.may("after", "string", "where the page before ended"));

    private final Parts parts;

    AuditPage(Parts parts) {
        this.parts = parts;
    }

    /** What the page shows. */
    public record Model(
            Page<AuditEntry> entries, String saga, String actor, String action, String from, String to, boolean first) {
        /** The path of the page after this one. */
        public String next() {
            return link() + "after=" + Frame.encoded(entries.next().orElse(""));
        }

        /** The path of the first page. */
        public String start() {
            return link();
        }

        private String link() {
            StringBuilder path = new StringBuilder("/audit?");
            add(path, "saga", saga);
            add(path, "actor", actor);
            add(path, "action", action);
            add(path, "from", from);
            add(path, "to", to);
            return path.toString();
        }

        private static void add(StringBuilder path, String name, String value) {
            if (!value.isEmpty()) {
                path.append(name).append('=').append(Frame.encoded(value)).append('&');
            }
        }

        /** Whether anything but everything was asked for. */
        public boolean filtered() {
            return !(saga + actor + action + from + to).isEmpty();
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/audit",
                Access.of(Permission.AUDIT_READ),
                "Who decided what, when and why, the newest first.",
                PARAMETERS,
                this::show));
    }

    private Answer show(Call call) {
        return Answer.page(
                "audit",
                new Model(
                        parts.inspector(call).audit(filter(call), call.text("after"), ROWS),
                        call.text("saga").orElse(""),
                        call.text("actor").orElse(""),
                        call.text("action").orElse(""),
                        call.text("from").orElse(""),
                        call.text("to").orElse(""),
                        call.text("after").isEmpty()));
    }

    /** The filter that a call's parameters mean. */
    public static AuditFilter filter(Call call) {
        return new AuditFilter(
                call.optionalId("saga"),
                call.text("actor"),
                call.text("action"),
                day(call, "from", 0),
                day(call, "to", 1));
    }

    private static Optional<Instant> day(Call call, String name, int plus) {
        return call.text(name).map(text -> {
            try {
                return LocalDate.parse(text)
                        .plusDays(plus)
                        .atStartOfDay(ZoneOffset.UTC)
                        .toInstant();
            } catch (DateTimeParseException | ArithmeticException e) {
                throw Refused.unprocessable("\"" + name + "\" must be a day like 2026-11-20.");
            }
        });
    }
}
