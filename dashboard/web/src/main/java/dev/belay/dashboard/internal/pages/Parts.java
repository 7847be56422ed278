package dev.belay.dashboard.internal.pages;

import dev.belay.Belay;
import dev.belay.dashboard.internal.web.Assets;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.inspect.Inspector;
import java.time.Clock;
import java.util.Optional;

/** What the pages are made with. */
public final class Parts {
    private final Belay belay;
    private final Inspector inspector;
    private final Pulse pulse;
    private final Settings settings;
    private final Optional<SignInParts> signIn;
    private final Assets assets = new Assets();
    private final Redaction redaction;
    private final Looks looks;
    private final SagaDecisions decisions;

    /** Parts for one dashboard. */
    public Parts(Belay belay, Inspector inspector, Pulse pulse, Settings settings, Optional<SignInParts> signIn) {
        this.belay = belay;
        this.inspector = inspector;
        this.pulse = pulse;
        this.settings = settings;
        this.redaction = new Redaction(settings.hidden());
        this.looks = new Looks(belay, Clock.systemUTC());
        this.decisions = new SagaDecisions(this);
        this.signIn = signIn;
    }

    /** What decisions are made by. Check first, by {@link #inspector}, that the caller may see what they are about. */
    public Belay belay() {
        return belay;
    }

    /** What the caller may read: nothing beyond their scope exists in it. */
    public Inspector inspector(Call call) {
        return inspector.within(call.principal().scope());
    }

    /** What tells pages of changes. */
    public Pulse pulse() {
        return pulse;
    }

    /** How the dashboard is configured. */
    public Settings settings() {
        return settings;
    }

    /** What leaves out of payloads what nobody is to see: whatever is shown of them goes through it. */
    public Redaction redaction() {
        return redaction;
    }

    /** What keeps in the audit who looked at payloads. */
    public Looks looks() {
        return looks;
    }

    /** What can be decided about a saga. */
    public SagaDecisions decisions() {
        return decisions;
    }

    /** What people sign in with, if they do so here. */
    public Optional<SignInParts> signIn() {
        return signIn;
    }

    /** Scripts and styles. */
    public Assets assets() {
        return assets;
    }
}
