package dev.belay.dashboard.internal.signin;

import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.store.SessionTable;
import dev.belay.dashboard.internal.store.UserTable;
import dev.belay.dashboard.internal.web.Refused;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The people who sign in here. What is refused, is in words. */
public final class Accounts {
    private final Database database;
    private final UserTable users;
    private final SessionTable sessions;

    /** The people of one dashboard. */
    public Accounts(Database database, SessionTable sessions) {
        this.database = database;
        this.users = new UserTable(database);
        this.sessions = sessions;
    }

    /**
     * Somebody, as the page about people shows them.
     *
     * @param sessions in how many browsers they are signed in
     */
    public record Account(UserTable.Row user, int sessions) {}

    /** Everybody, by name. */
    public List<Account> all() {
        return database.inTransaction(handle -> {
            Map<String, Integer> counts = sessions.counts(handle);
            return users.all(handle).stream()
                    .map(user -> new Account(user, counts.getOrDefault(user.name(), 0)))
                    .toList();
        });
    }

    /** Somebody; empty if there is nobody of that name. */
    public Optional<UserTable.Row> find(String name) {
        return database.inTransaction(handle -> users.find(handle, name));
    }

    /**
     * Adds somebody.
     *
     * @param oneTime whether they have to choose another password when they sign in
     * @return the name as it is kept
     */
    public String add(String typed, String password, boolean oneTime, Role role) {
        String name = Names.kept(typed).orElseThrow(() -> Refused.unprocessable(Names.rule()));
        Passwords.fault(password, name).ifPresent(words -> {
            throw Refused.unprocessable(words);
        });
        String hash = Passwords.hash(password);
        if (!database.inTransaction(handle -> users.add(handle, name, hash, oneTime, role))) {
            throw new Refused(409, "There is somebody called " + name + " already.");
        }
        return name;
    }

    /** Gives somebody another password, and ends all their sessions. */
    public void setPassword(String name, String password, boolean oneTime) {
        Passwords.fault(password, name).ifPresent(words -> {
            throw Refused.unprocessable(words);
        });
        String hash = Passwords.hash(password);
        database.useTransaction(handle -> {
            known(handle, name);
            users.setPassword(handle, name, hash, oneTime);
            sessions.endAll(handle, name);
        });
    }

    /** Gives somebody another role, which counts from their next click. */
    public void setRole(String name, Role role) {
        database.useTransaction(handle -> {
            users.lock(handle);
            UserTable.Row user = known(handle, name);
            if (role != Role.ADMIN) {
                keepAnAdmin(handle, user);
            }
            users.setRole(handle, name, role);
        });
    }

    /** Lets somebody sign in no longer, and ends all their sessions. */
    public void disable(String name) {
        database.useTransaction(handle -> {
            users.lock(handle);
            keepAnAdmin(handle, known(handle, name));
            users.setEnabled(handle, name, false);
            sessions.endAll(handle, name);
        });
    }

    /** Lets somebody sign in again. */
    public void enable(String name) {
        database.useTransaction(handle -> {
            known(handle, name);
            users.setEnabled(handle, name, true);
        });
    }

    /** Ends all sessions of somebody, and says how many these were. */
    public int signOutEverywhere(String name) {
        return database.inTransaction(handle -> {
            known(handle, name);
            return sessions.endAll(handle, name);
        });
    }

    private UserTable.Row known(Handle handle, String name) {
        return users.find(handle, name).orElseThrow(() -> Refused.notFound("There is nobody of that name."));
    }

    private void keepAnAdmin(Handle handle, UserTable.Row user) {
        if (user.role() == Role.ADMIN && user.enabled() && users.otherAdmins(handle, user.name()) == 0) {
            throw new Refused(
                    409,
                    user.name()
                            + " is the only admin who can sign in. Make somebody else an admin first, or nobody could"
                            + " let people in any more.");
        }
    }
}
