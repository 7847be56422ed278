package dev.belay.langchain4j.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.WorkerOptions;
import dev.belay.langchain4j.Durable;
import dev.belay.langchain4j.DurableChatModel;
import dev.belay.langchain4j.DurableHttp;
import dev.belay.langchain4j.DurableTools;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.UserMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A worker process whose sagas are LangChain4j agents; and the handle to such a process, to kill it by. */
final class AgentProcess implements AutoCloseable {
    private final Process process;

    private AgentProcess(Process process) {
        this.process = process;
    }

    static AgentProcess start(String database, String queue, String models, URI tools, Path output) throws IOException {
        return new AgentProcess(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx160m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AgentProcess.class.getName(),
                        database,
                        queue,
                        models,
                        tools.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it with no chance to do anything, and returns once it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }

    // ---- in the process

    /** The agent as anybody writes it. */
    interface Researcher {
        @SystemMessage("You gather facts one by one, and then report.")
        String report(@UserMessage String job);
    }

    /** Its tool, which acts over HTTP. */
    public static final class Facts {
        private final HttpClient client = HttpClient.newHttpClient();
        private final URI uri;

        Facts(URI uri) {
            this.uri = uri;
        }

        @Tool("Finds one fact")
        public String find(String job, int part) throws IOException, InterruptedException {
            return client.send(
                            HttpRequest.newBuilder(uri.resolve("/find?" + job + "/" + part))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    static SagaDefinition<String, String> definition(String queue, String models, URI tools) {
        var model = DurableChatModel.of(
                "openai",
                OpenAiChatModel.builder()
                        .baseUrl(models)
                        .apiKey("none")
                        .modelName("gpt-test")
                        .httpClientBuilder(DurableHttp.builder())
                        .maxRetries(0)
                        .build());
        var durable = DurableTools.of(new Facts(tools));
        var researcher = AiServices.builder(Researcher.class)
                .chatModel(model)
                .tools(durable.list())
                .build();
        var saga = Saga.define("research-" + queue, String.class).queue(queue);
        durable.register(saga);
        return saga.returns(saga.step(
                        "research", String.class, ctx -> Durable.in(ctx, () -> researcher.report(ctx.input())))
                .withoutUndo("facts stay found"));
    }

    static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(6);
        return new HikariDataSource(config);
    }

    public static void main(String[] args) throws InterruptedException {
        try (HikariDataSource pool = pool(args[0]);
                Belay belay = Belay.on(pool)
                        .with(definition(args[1], args[2], URI.create(args[3])))
                        .open()) {
            belay.worker(WorkerOptions.defaults()
                            .queues(args[1])
                            .platformThreads(2)
                            .lease(Duration.ofSeconds(2))
                            .poll(Duration.ofMillis(100)))
                    .start();
            Thread.currentThread().join();
        }
    }
}
