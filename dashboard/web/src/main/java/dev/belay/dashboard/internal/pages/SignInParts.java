package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.signin.Accounts;
import dev.belay.dashboard.internal.signin.SignIns;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.store.SessionTable;

/** What the pages are made with on which people sign in. */
public record SignInParts(Accounts accounts, SignIns signIns) {

    /** Over the rows in {@code database}. */
    public static SignInParts of(Database database, SignInSettings settings) {
        SessionTable sessions = new SessionTable(database, settings.idle(), settings.longest());
        return new SignInParts(new Accounts(database, sessions), new SignIns(database, sessions));
    }
}
