package dev.belay.samples.demo;

import dev.belay.embedded.LocalPostgres;
import java.net.URI;
import java.nio.file.Path;

/**
 * A worker in a process of its own.
 *
 * @param incarnation the number under which the journal knows it
 */
record WorkerProcess(String name, long incarnation, JavaProcess process) {

    /** Starts one; returns when it has registered in the database. */
    static WorkerProcess start(
            String name, LocalPostgres postgres, URI modelServer, Signals signals, WorkerRuntime runtime, Path logs) {
        var process = JavaProcess.start(
                DemoWorker.class,
                logs.resolve(name.replace(' ', '-') + ".log"),
                postgres.url(),
                modelServer.toString(),
                signals.folder().toString(),
                name,
                runtime.toString());
        return new WorkerProcess(name, Long.parseLong(process.awaitLine(DemoWorker.READY_LINE)), process);
    }

    long pid() {
        return process.pid();
    }
}
