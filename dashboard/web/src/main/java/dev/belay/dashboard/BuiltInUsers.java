package dev.belay.dashboard;

import dev.belay.dashboard.internal.pages.SignInParts;
import dev.belay.dashboard.internal.pages.SignInSettings;
import dev.belay.dashboard.internal.signin.Accounts;
import dev.belay.dashboard.internal.signin.Passwords;
import dev.belay.dashboard.internal.store.AuditTable;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.web.Refused;
import java.time.Duration;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * The people who sign in on the dashboard itself, for programs that let the first of them in; the rest is done on the dashboard's page
 * about people. Turn the sign-in on by {@link Dashboard.Builder#builtInUsers()}. The tables must be there: open Belay first.
 *
 * <pre>{@code
 * String once = BuiltInUsers.on(dataSource, "belay").create("ada", Role.ADMIN);
 * }</pre>
 *
 * <p>The audit keeps what is done here as the doing of "console". What is refused throws an {@link IllegalArgumentException} in words. Thread-safe.
 */
public final class BuiltInUsers {
    private static final String ACTOR = "console";

    private final Accounts accounts;
    private final AuditTable audit;

    private BuiltInUsers(Accounts accounts, AuditTable audit) {
        this.accounts = accounts;
        this.audit = audit;
    }

    /** Those kept in {@code schema} of that database. */
    public static BuiltInUsers on(DataSource dataSource, String schema) {
        SignInSettings any = new SignInSettings(Duration.ofMinutes(30), Duration.ofHours(12));
        Database database = new Database(dataSource, schema);
        return new BuiltInUsers(SignInParts.of(database, any).accounts(), new AuditTable(database));
    }

    /**
     * Adds somebody who can sign in at once.
     *
     * @param name 1 to 100 letters, digits or {@code . _ - + @}; upper and lower case are the same
     * @param password 12 to 200 characters
     */
    public void create(String name, String password, Role role) {
        add(name, password, false, role);
    }

    /** Adds somebody, and returns a password by which they sign in once and choose their own. It is not kept anywhere else. */
    public String create(String name, Role role) {
        String password = Passwords.generated();
        add(name, password, true, role);
        return password;
    }

    private void add(String name, String password, boolean oneTime, Role role) {
        String kept = inWords(() -> accounts.add(name, password, oneTime, role));
        audit.add(ACTOR, "added a person", kept + " as " + role.word());
    }

    /** Gives somebody another password, returned, by which they sign in once and choose their own; all their sessions end. */
    public String resetPassword(String name) {
        String password = Passwords.generated();
        inWords(() -> {
            accounts.setPassword(name, password, true);
            return name;
        });
        audit.add(ACTOR, "reset a password", name);
        return password;
    }

    /** Whether there is anybody at all. */
    public boolean isEmpty() {
        return accounts.all().isEmpty();
    }

    private static <T> T inWords(Supplier<T> work) {
        try {
            return work.get();
        } catch (Refused e) {
            throw new IllegalArgumentException(e.words(), e);
        }
    }
}
