package dev.belay.dashboard;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.StepContext;
import dev.belay.Verdict;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.agent.Budget;
import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Price;
import dev.belay.agent.Tokens;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolRejected;
import dev.belay.agent.ToolRequest;
import dev.belay.embedded.LocalPostgres;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import tools.jackson.databind.json.JsonMapper;

/**
 * A shop with a bit of everything that an operator meets: a real database, a real worker, real failures; and its dashboard over HTTP.
 * What the tests of pages look at, and people who work on them, by {@link #main}.
 */
public final class Showcase implements AutoCloseable {
    /** What customers ask for. */
    public record Refund(String order, String customer, BigDecimal amount, String card) {}

    /** What a service gave back. */
    public record Booking(String ref, BigDecimal amount) {}

    /** What a person is asked. */
    public record Question(String order, BigDecimal amount, String words) {}

    /** A trip for several. */
    public record Party(String to, List<String> travellers) {}

    private static final JsonMapper JSON = new JsonMapper();

    private final LocalPostgres postgres = LocalPostgres.temporary();
    private final HikariDataSource pool;
    private final HikariDataSource readers;
    private final Belay belay;
    private final Dashboard dashboard;
    private final Server server;
    private Worker worker;

    /** While set, the card service does not answer. */
    public final AtomicBoolean cardsAreDown = new AtomicBoolean(true);

    /** While set, the hotel does not take rooms back. */
    public final AtomicBoolean hotelIsClosed = new AtomicBoolean(true);

    /** While set, no mail is sent. */
    public final AtomicBoolean mailIsDown = new AtomicBoolean();

    public final AtomicBoolean seatsStayTaken = new AtomicBoolean();

    /** While set, an agent is cut off once it has its model's first answer. */
    public final AtomicBoolean agentsAreCutOff = new AtomicBoolean();

    public final SagaDefinition<Refund, Booking> refund;
    public final SagaDefinition<Refund, Booking> trip;
    public final SagaDefinition<Party, Void> party;
    public final SagaDefinition<Refund, Booking> approved;
    public final SagaDefinition<Refund, Booking> wire;
    public final SagaDefinition<Refund, String> support;

    /** A shop with nothing in it yet, and its dashboard on a free port of this machine. */
    public Showcase(int port, UnaryOperator<Dashboard.Builder> settings) throws Exception {
        this.pool = pool(8);
        this.readers = pool(4);
        this.refund = refundDefinition();
        this.trip = tripDefinition();
        this.party = partyDefinition();
        this.approved = approvedDefinition();
        this.wire = wireDefinition();
        this.support = supportDefinition();
        this.belay = Belay.on(pool)
                .with(refund, trip, party, approved, wire, support)
                .open();
        this.worker = newWorker("till-1");
        this.dashboard = settings.apply(Dashboard.of(belay, readers)).open();
        this.server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        ServletHolder holder = new ServletHolder(dashboard.servlet());
        holder.setAsyncSupported(true);
        context.addServlet(holder, "/*");
        server.setHandler(context);
        server.start();
    }

    private HikariDataSource pool(int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(postgres.url());
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    private Worker newWorker(String name) {
        Worker made = belay.worker(WorkerOptions.defaults().name(name));
        made.start();
        return made;
    }

    private SagaDefinition<Refund, Booking> refundDefinition() {
        var saga = Saga.define("refund", Refund.class);
        saga.step("look-up-order", Booking.class, ctx -> {
                    ctx.activity(
                            "read-order",
                            String.class,
                            () -> "order " + ctx.input().order());
                    return new Booking(ctx.input().order(), ctx.input().amount());
                })
                .pure();
        saga.step(
                        "reserve-credit",
                        Booking.class,
                        ctx -> new Booking(
                                "credit-" + ctx.input().order(), ctx.input().amount()))
                .undo(u -> {});
        var charged = saga.pivot("charge-card", Booking.class, ctx -> {
                    if (cardsAreDown.get()) {
                        throw new SocketTimeoutException("card service did not answer within 3000 ms for order "
                                + ctx.input().order());
                    }
                    return new Booking(
                            "charge-" + ctx.input().order(), ctx.input().amount());
                })
                .retry(RetryPolicy.fixed(Duration.ofMillis(40)).upTo(3));
        saga.step("send-mail", Void.class, ctx -> {
                    if (mailIsDown.get()) {
                        throw new IOException("the mail server does not take mails");
                    }
                    return null;
                })
                .withoutUndo("a mail that was sent stays sent")
                .retry(RetryPolicy.fixed(Duration.ofMillis(40)).upTo(2));
        return saga.returns(charged);
    }

    private SagaDefinition<Refund, Booking> tripDefinition() {
        var saga = Saga.define("book-trip", Refund.class);
        var flight = saga.step(
                        "reserve-flight",
                        Booking.class,
                        ctx -> new Booking("flight", ctx.input().amount()))
                .undo(u -> {});
        saga.step("reserve-hotel", Booking.class, ctx -> {
                    pause(30);
                    return new Booking("hotel", ctx.input().amount());
                })
                .undo(u -> {
                    if (hotelIsClosed.get()) {
                        throw new IOException("the hotel's desk is closed, call +47 22 00 11");
                    }
                })
                .undoRetry(RetryPolicy.fixed(Duration.ofMillis(40)).upTo(2));
        saga.signal("airline-confirmed", Booking.class);
        return saga.returns(Booking.class, ctx -> ctx.output(flight));
    }

    private SagaDefinition<Party, Void> partyDefinition() {
        var saga = Saga.define("book-party", Party.class);
        var each = saga.forEach("traveller", String.class);
        each.step("seat", String.class, ctx -> {
                    pause(5);
                    if (ctx.input().equals("Mallory")) {
                        throw new IllegalStateException("no seat left for " + ctx.input());
                    }
                    return "seat of " + ctx.input();
                })
                .undo(u -> {
                    if (seatsStayTaken.get()) {
                        throw new IllegalStateException("the seat stays taken");
                    }
                })
                .undoRetry(RetryPolicy.fixed(Duration.ofMillis(20)).upTo(2))
                .retry(RetryPolicy.fixed(Duration.ofMillis(20)).upTo(2));
        saga.fanOut("seats", each, ctx -> ctx.input().travellers()).atOnce(8);
        return saga.returnsNothing();
    }

    private SagaDefinition<Refund, Booking> approvedDefinition() {
        var saga = Saga.define("large-refund", Refund.class);
        var held = saga.step(
                        "hold-money",
                        Booking.class,
                        ctx -> new Booking("hold", ctx.input().amount()))
                .undo(u -> {});
        saga.approval(
                        "manager",
                        ctx -> new Question(
                                ctx.input().order(),
                                ctx.input().amount(),
                                "Refund this much to " + ctx.input().customer() + "?"))
                .within(Duration.ofDays(2));
        return saga.returns(held);
    }

    /** A transfer that must not happen twice, of which nobody knows whether it happened once. */
    private SagaDefinition<Refund, Booking> wireDefinition() {
        var saga = Saga.define("wire-money", Refund.class);
        var sent = saga.step("send-wire", Booking.class, ctx -> {
                    throw new SocketTimeoutException("the bank's answer did not come");
                })
                .undo(u -> {})
                .atMostOnce()
                .verify(ctx -> Verdict.unclear());
        return saga.returns(sent);
    }

    /** An agent: asks a model, has a person approve the tool that it wants, tells the model what came of it. */
    private SagaDefinition<Refund, String> supportDefinition() {
        var saga = Saga.define("support", Refund.class);
        saga.budget(Budget.UNLIMITED.calls(2));
        var answer = saga.step("answer", String.class, ctx -> {
                    List<Message> said = new ArrayList<>(List.of(
                            Message.text("system", "You answer customers. Refund what is theirs."),
                            Message.text(
                                    "user",
                                    "Please refund order " + ctx.input().order() + " of "
                                            + ctx.input().customer())));
                    ToolRequest wanted = new ToolRequest(
                            "refund",
                            "call_" + ctx.input().order(),
                            "{\"order\":\"" + escaped(ctx.input().order()) + "\",\"cents\":4050,\"card\":\""
                                    + escaped(ctx.input().card()) + "\"}");
                    said.add(ask(ctx, said, Message.of("assistant", wanting(wanted))));
                    if (agentsAreCutOff.get() && ctx.attempt() == 1) {
                        throw new IOException("the line was cut");
                    }
                    String found;
                    try {
                        found = ctx.tool(wanted)
                                .approval(ToolApproval.asking(
                                        "Refund order " + ctx.input().order() + "?"))
                                .run(arguments -> "refunded by " + arguments);
                    } catch (ToolRejected e) {
                        found = "not refunded: " + e.getMessage();
                    }
                    said.add(Message.toolResult(wanted.callId(), found));
                    said.add(ask(ctx, said, Message.text("assistant", "Done: your order was looked at.")));
                    if (ctx.input().amount().signum() == 0) {
                        said.add(Message.text("user", "And what about the other one?"));
                        said.add(ask(ctx, said, Message.text("assistant", "That one too.")));
                    }
                    return said.get(said.size() - 1).text();
                })
                .retry(RetryPolicy.fixed(Duration.ofMillis(40)).upTo(3));
        return saga.returns(answer);
    }

    private static Message ask(StepContext<?> ctx, List<Message> said, Message answer) {
        return ctx.model("chat", ModelRequest.of("acme", "large", said))
                .run(() -> new ModelReply(answer, "large-1", "stop", new Tokens(1000, 200, 400)))
                .message();
    }

    private static String escaped(String text) {
        String quoted = JSON.writeValueAsString(text);
        return quoted.substring(1, quoted.length() - 1);
    }

    private static String wanting(ToolRequest tool) {
        return JSON.writeValueAsString(Map.of(
                "text",
                "I refund it.",
                "toolExecutionRequests",
                List.of(Map.of("id", tool.callId(), "name", tool.tool(), "arguments", tool.arguments()))));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts a refund of an order; it fails while the cards are down. */
    public SagaHandle<Booking> startRefund(String order) {
        return belay.start(refund, refundOf(order), StartOptions.key(order));
    }

    private static Refund refundOf(String order) {
        return new Refund(order, "Ada Lovelace", new BigDecimal("40.50"), "4711 0815");
    }

    /** Fills the shop: some of everything, all settled when this returns. */
    public void fill() {
        List<SagaHandle<?>> settling = new ArrayList<>();
        cardsAreDown.set(false);
        for (int i = 1; i <= 12; i++) {
            settling.add(startRefund("order-" + i));
        }
        settling.forEach(saga -> saga.awaitSettled(Duration.ofSeconds(30)));
        settling.clear();
        cardsAreDown.set(true);
        for (int i = 13; i <= 18; i++) {
            settling.add(startRefund("order-" + i));
        }
        settling.add(belay.start(party, new Party("Oslo", List.of("Ada", "Bob", "Mallory", "Eve"))));
        belay.start(approved, refundOf("order-31"), StartOptions.key("large-31"));
        belay.start(approved, refundOf("order-32"), StartOptions.key("large-32"));
        for (int i = 41; i <= 43; i++) {
            belay.start(trip, refundOf("trip-" + i), StartOptions.key("trip-" + i));
        }
        settling.forEach(saga -> saga.awaitSettled(Duration.ofSeconds(30)));
        pause(500);
        fillAgents();
        SagaHandle<?> stuck = belay.start(trip, refundOf("trip-44"), StartOptions.key("trip-44"));
        awaitStep(stuck, "airline-confirmed");
        stuck.cancel("the customer called");
        stuck.awaitSettled(Duration.ofSeconds(30));
        hotelIsClosed.set(false);
        SagaHandle<?> undone = belay.start(trip, refundOf("trip-45"), StartOptions.key("trip-45"));
        awaitStep(undone, "airline-confirmed");
        undone.cancel("double booking");
        undone.awaitSettled(Duration.ofSeconds(30));
        belay.queue("mails").pause("ada", "the mail provider is down");
    }

    /** An agent that asks about a call of a tool, and one that its budget has stopped. */
    private void fillAgents() {
        belay.agents()
                .price(new Price(
                        "acme",
                        "large",
                        Instant.parse("2026-01-01T00:00:00Z"),
                        new BigDecimal("10"),
                        new BigDecimal("100"),
                        new BigDecimal("1")));
        agentsAreCutOff.set(true);
        awaitQuestion(belay.start(support, refundOf("order-51"), StartOptions.key("support-51")));
        agentsAreCutOff.set(false);
        SagaHandle<?> stopped = belay.start(
                support,
                new Refund("order-52", "Ada Lovelace", BigDecimal.ZERO, "4711 0815"),
                StartOptions.key("support-52"));
        awaitQuestion(stopped);
        belay.operator("bob").approveCall(stopped.id(), callOf(stopped), "as the customer wishes");
        stopped.awaitSettled(Duration.ofSeconds(30));
    }

    /** Waits until a saga asks about a call of a tool. */
    public static void awaitQuestion(SagaHandle<?> saga) {
        for (int i = 0; i < 1_000; i++) {
            if (asked(saga).isPresent()) {
                return;
            }
            pause(20);
        }
        throw new AssertionError("saga " + saga.id() + " never asked about a call: " + saga.view());
    }

    /** The id of the call that a saga asks about. */
    public static String callOf(SagaHandle<?> saga) {
        String awaits = asked(saga).orElseThrow();
        return awaits.substring(awaits.lastIndexOf('.') + 1);
    }

    private static Optional<String> asked(SagaHandle<?> saga) {
        return saga.view().jobs().stream()
                .flatMap(job -> job.awaits().stream())
                .filter(awaits -> awaits.startsWith("tool:"))
                .findFirst();
    }

    /** Waits until a saga stands at a step. */
    public static void awaitStep(SagaHandle<?> saga, String step) {
        for (int i = 0; i < 1_000; i++) {
            if (saga.view().jobs().stream()
                    .anyMatch(job -> job.step().equals(step) && job.state().equals("WAITING"))) {
                return;
            }
            pause(20);
        }
        throw new AssertionError("saga " + saga.id() + " never came to " + step + ": " + saga.view());
    }

    public Belay belay() {
        return belay;
    }

    public Dashboard dashboard() {
        return dashboard;
    }

    public HikariDataSource pool() {
        return pool;
    }

    /** Where the dashboard is, without a slash at its end. */
    public String url() {
        return "http://127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    /** Takes the dashboard from its port; the shop goes on. */
    public void stopServing() throws Exception {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        server.stop();
        ((ServerConnector) server.getConnectors()[0]).setPort(port);
    }

    /** Serves the dashboard again, at the same address. */
    public void serveAgain() throws Exception {
        server.start();
    }

    @Override
    public void close() throws Exception {
        server.stop();
        dashboard.close();
        belay.close();
        readers.close();
        pool.close();
        postgres.close();
    }

    /** Serves the filled shop until it is killed; the port is the argument. */
    public static void main(String... args) throws Exception {
        Showcase showcase = new Showcase(args.length == 0 ? 8095 : Integer.parseInt(args[0]), settings -> settings);
        showcase.fill();
        System.out.println("serving at " + showcase.url());
        Thread.currentThread().join();
    }
}
