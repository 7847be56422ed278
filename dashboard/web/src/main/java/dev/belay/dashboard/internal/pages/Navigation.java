package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Frame;
import java.util.List;

/** The pages that stand beside every page, for those who may see them. */
public final class Navigation {
    private static final List<Item> ITEMS = List.of(
            new Item("/", "Overview", "home", Permission.SAGA_VIEW),
            new Item("/sagas", "Sagas", "list", Permission.SAGA_VIEW),
            new Item("/approvals", "Approvals", "hand", Permission.SAGA_VIEW),
            new Item("/errors", "Errors", "alert", Permission.SAGA_VIEW),
            new Item("/compensations", "Undoing", "undo", Permission.SAGA_VIEW),
            new Item("/cost", "Cost", "coin", Permission.SAGA_VIEW),
            new Item("/queues", "Queues", "queue", Permission.SAGA_VIEW),
            new Item("/workers", "Workers", "worker", Permission.SAGA_VIEW),
            new Item("/bulk", "Bulk", "many", Permission.SAGA_VIEW),
            new Item("/audit", "Audit", "book", Permission.AUDIT_READ),
            new Item("/settings", "Settings", "gear", Permission.SAGA_VIEW));

    private Navigation() {}

    /** An entry. */
    public record Item(String path, String words, String icon, Permission permission) {}

    /** The entries for whoever looks at this page. */
    public static List<Item> of(Frame frame) {
        return ITEMS.stream().filter(item -> frame.may(item.permission())).toList();
    }
}
