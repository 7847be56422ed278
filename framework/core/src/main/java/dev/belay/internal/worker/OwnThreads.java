package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.queue.JobRow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The built-in runtime: threads of the worker's own, as many as it has slots. */
final class OwnThreads implements Dispatch {
    private final int slots;
    private final ThreadPoolExecutor threads;

    OwnThreads(WorkerOptions options) {
        this.slots = options.slots();
        this.threads = new ThreadPoolExecutor(
                slots, slots, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), StepThreads.factory(options));
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(@Nullable JobRow job, Runnable work) {
        threads.execute(work);
    }

    @Override
    public boolean withdraw(Runnable work) {
        return threads.remove(work);
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void forget(JobRow job) {}

    @Override
    public synchronized void replaceHungThread() {
        threads.setMaximumPoolSize(threads.getMaximumPoolSize() + 1);
        threads.setCorePoolSize(threads.getCorePoolSize() + 1);
    }

    @Override
    public synchronized void hungThreadReturned() {
        int size = Math.max(slots, threads.getCorePoolSize() - 1);
        threads.setCorePoolSize(size);
        threads.setMaximumPoolSize(size);
    }

    @Override
    public void shutDown() {
        threads.shutdown();
    }
}
