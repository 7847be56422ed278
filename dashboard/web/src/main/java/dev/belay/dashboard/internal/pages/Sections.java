package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.stream.Stream;

/** Every part of the dashboard that has pages. What is not listed here has none. */
public final class Sections {
    private Sections() {}

    /** The routes of all of them. */
    public static List<Route> routes(Parts parts) {
        Views views = new Views(parts);
        return Stream.<Section>of(
                        new Files(parts),
                        new SignInPages(parts),
                        new OverviewPage(parts),
                        new SagasPage(parts, views),
                        views,
                        new BulkPage(parts),
                        new ErrorsPage(parts),
                        new CompensationsPage(parts),
                        new SagaPage(parts),
                        new ApprovalsPage(parts),
                        new CostPage(parts),
                        new QueuesPage(parts),
                        new WorkersPage(parts),
                        new AuditPage(parts),
                        new SettingsPage(parts))
                .flatMap(section -> section.routes().stream())
                .toList();
    }
}
