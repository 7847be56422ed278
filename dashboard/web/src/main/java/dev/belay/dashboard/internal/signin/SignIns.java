package dev.belay.dashboard.internal.signin;

import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.store.AttemptTable;
import dev.belay.dashboard.internal.store.Database;
import dev.belay.dashboard.internal.store.SessionTable;
import dev.belay.dashboard.internal.store.UserTable;
import dev.belay.dashboard.internal.web.Refused;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;

/** Signing in and out: a browser is given a token of 256 random bits; the database knows only its hash. */
public final class SignIns {
    private static final int TOKEN_BYTES = 32;
    private static final int PATIENCE_SECONDS = 5;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final SessionTable sessions;
    private final UserTable users;
    private final AttemptTable attempts;

    /** Checking a password costs much on purpose; so many at once, and the others queue up. */
    private final Semaphore checking =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    /** Signing in by the rows in {@code database}. */
    public SignIns(Database database, SessionTable sessions) {
        this.database = database;
        this.sessions = sessions;
        this.users = new UserTable(database);
        this.attempts = new AttemptTable(database);
    }

    /** What came of an attempt. */
    public sealed interface Outcome {}

    /**
     * They are signed in.
     *
     * @param token what the browser keeps
     * @param oneTime whether they have to choose another password now
     */
    public record SignedIn(String user, Role role, String token, boolean oneTime) implements Outcome {}

    /**
     * They are not, and it is not told why.
     *
     * @param user whose name was given, for the audit; empty if it is nobody's
     */
    public record Failed(Optional<String> user) implements Outcome {}

    /**
     * Too many attempts have failed.
     *
     * @param seconds after which to try again
     */
    public record TooMany(int seconds) implements Outcome {}

    /** Signs somebody in, in a new session; one that {@code before} is the token of ends. */
    public Outcome signIn(String typed, String password, String address, Optional<String> before) {
        return checked(typed, password, address, user -> {
            String token = newToken();
            database.useTransaction(handle -> {
                before.ifPresent(old -> sessions.end(handle, hash(old)));
                sessions.add(handle, hash(token), user.name());
                if (Passwords.isWeak(user.password())) {
                    users.setPassword(handle, user.name(), Passwords.hash(password), user.oneTime());
                }
            });
            return new SignedIn(user.name(), user.role(), token, user.oneTime());
        });
    }

    /** Gives somebody who knows their password another one; all their sessions end, and a new one begins. */
    public Outcome changePassword(String name, String password, String next, String address) {
        return checked(name, password, address, user -> {
            Passwords.fault(next, name).ifPresent(words -> {
                throw Refused.unprocessable(words);
            });
            if (next.equals(password)) {
                throw Refused.unprocessable("This is the password you have. Choose another.");
            }
            String token = newToken();
            String kept = Passwords.hash(next);
            database.useTransaction(handle -> {
                users.setPassword(handle, name, kept, false);
                sessions.endAll(handle, name);
                sessions.add(handle, hash(token), name);
            });
            return new SignedIn(user.name(), user.role(), token, false);
        });
    }

    private interface Then {
        Outcome apply(UserTable.Row user);
    }

    private Outcome checked(String typed, String password, String address, Then then) {
        Optional<String> name = Names.kept(typed);
        byte[] aboutName = hash("name " + name.orElse(typed));
        List<byte[]> about = List.of(aboutName, hash("address " + network(address)));
        UUID attempt = UUID.randomUUID();
        OptionalInt wait = database.inTransaction(handle -> attempts.note(handle, attempt, about));
        if (wait.isPresent()) {
            return new TooMany(wait.getAsInt());
        }
        Optional<UserTable.Row> user =
                name.flatMap(known -> database.inTransaction(handle -> users.find(handle, known)));
        boolean right = matches(password, user.map(UserTable.Row::password));
        if (user.isEmpty() || !right || !user.get().enabled()) {
            return new Failed(user.map(UserTable.Row::name));
        }
        database.useTransaction(handle -> attempts.forget(handle, attempt, about, aboutName));
        return then.apply(user.get());
    }

    private boolean matches(String password, Optional<String> kept) {
        try {
            if (!checking.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new Refused(503, "Too many people sign in at this moment. Try again in a few seconds.");
            }
            try {
                return Passwords.matches(password, kept);
            } finally {
                checking.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused(503, "The dashboard is being stopped.");
        }
    }

    /** Somebody who is signed in. */
    public record Session(String user, Role role, boolean oneTime) {}

    /**
     * Whose session that is; empty if it is nobody's, or over.
     *
     * @param use whether this counts as a use of it
     */
    public Optional<Session> session(String token, boolean use) {
        byte[] hash = hash(token);
        return database.inTransaction(handle -> find(handle, hash, use));
    }

    private Optional<Session> find(Handle handle, byte[] hash, boolean use) {
        Optional<SessionTable.Row> row = sessions.find(handle, hash);
        if (use && row.isPresent() && row.get().unseen()) {
            sessions.seen(handle, hash);
        }
        return row.map(found -> new Session(found.user(), found.role(), found.oneTime()));
    }

    /** Ends a session. */
    public void signOut(String token) {
        database.useTransaction(handle -> sessions.end(handle, hash(token)));
    }

    private static String newToken() {
        byte[] bytes = new byte[TOKEN_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /** Whoever has one address of version 6 has a network of 64 bits of them. */
    private static String network(String address) {
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return Base64.getEncoder().encodeToString(bytes.length == 16 ? Arrays.copyOf(bytes, 8) : bytes);
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
