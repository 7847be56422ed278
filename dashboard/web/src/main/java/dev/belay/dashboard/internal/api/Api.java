package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.Section;
import dev.belay.dashboard.internal.pages.SettingsPage;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Route;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the pages show and do, for programs; and its description. */
public final class Api implements Section {
    private final List<Endpoint> endpoints;

    /** The API of one dashboard. */
    public Api(Parts parts) {
        Once once = new Once();
        Endpoint description = Endpoint.get(
                "/api/openapi.json",
                Permission.SAGA_VIEW,
                "Describes the API, as OpenAPI 3.1 has it.",
                Shape.ANYTHING,
                List.of(),
                this::describe);
        this.endpoints = Stream.of(
                        new WorkApi(parts, once).endpoints(),
                        new SagasApi(parts).endpoints(),
                        new AgentsApi(parts).endpoints(),
                        new BulksApi(parts).endpoints(),
                        new OfficeApi(parts, once).endpoints(),
                        parts.signIn().stream()
                                .flatMap(with -> new PeopleApi(parts, with, once).endpoints().stream())
                                .toList(),
                        List.of(description))
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public List<Route> routes() {
        return endpoints.stream().map(Endpoint::route).toList();
    }

    private Map<String, Object> describe(Call call) {
        HttpServletRequest request = call.request();
        return OpenApi.of(endpoints, request.getContextPath() + request.getServletPath(), SettingsPage.version());
    }
}
