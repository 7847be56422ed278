package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Handler;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.function.Function;

/** A call of the API, with what it is answered with. */
record Endpoint(Route route, Shape answer) {

    /** One that reads. */
    static Endpoint get(
            String pattern,
            Permission permission,
            String summary,
            Shape answer,
            List<Route.Parameter> parameters,
            Function<Call, Object> read) {
        return answering(pattern, permission, summary, answer, parameters, call -> Answer.json(read.apply(call)));
    }

    /** One that reads, and says itself with what status. */
    static Endpoint answering(
            String pattern,
            Permission permission,
            String summary,
            Shape answer,
            List<Route.Parameter> parameters,
            Handler handler) {
        return new Endpoint(Route.get(pattern, Access.of(permission), summary, parameters, handler), answer);
    }

    /** One that changes something. */
    static Endpoint post(
            String pattern,
            Permission permission,
            String summary,
            Shape answer,
            List<Route.Parameter> parameters,
            Function<Call, Object> act) {
        return new Endpoint(
                Route.post(pattern, Access.of(permission), summary, parameters, call -> Answer.json(act.apply(call))),
                answer);
    }
}
