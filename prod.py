import numpy as np, time
from musiclstm.model.modelfile import open_model
for name in ("chorales","piano"):
    m=open_model(name); L,U=m.layers,m.units
    x=np.random.randn(1,256).astype(np.float32); h=np.random.randn(L,U).astype(np.float32)*.3; c=h.copy()
    t=[]
    for _ in range(3000):
        a=time.perf_counter(); m.runtime.run(["h_after","c_after","gates","projections"],{"x":x,"h":h,"c":c}); t.append(time.perf_counter()-a)
    t.sort(); print(name,"whole graph", t[1500]*1e6)
