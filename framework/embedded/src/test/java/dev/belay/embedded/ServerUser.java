package dev.belay.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A process of its own that uses a folder's server, says on which port, and leaves when its input ends. */
final class ServerUser implements AutoCloseable {

    private final Process process;

    private ServerUser(Process process) {
        this.process = process;
    }

    public static void main(String[] arguments) throws IOException {
        try (LocalPostgres postgres = LocalPostgres.in(Path.of(arguments[0])).start()) {
            System.out.println("port " + postgres.port());
            while (System.in.read() >= 0) {
                // Stays until the test closes our input.
            }
        }
    }

    static ServerUser of(Path folder) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ServerUser(new ProcessBuilder(List.of(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerUser.class.getName(),
                        folder.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    int port() throws IOException {
        String line = process.inputReader().readLine();
        if (line == null || !line.startsWith("port ")) {
            throw new IllegalStateException("Expected a port from the other process, got \"" + line + "\"");
        }
        return Integer.parseInt(line.substring("port ".length()));
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }
}
